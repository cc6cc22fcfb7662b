using Baichuan.Testing.Processes;

namespace Baichuan.Benchmarks.ClusterOverhead;

/// <summary>Where the time of steps went: from the metrics of the silos, and the processor time of everybody.</summary>
/// <param name="Seconds">Sum and count of each part, by metric.</param>
/// <param name="Processors">Processor time by process.</param>
internal sealed record StepBreakdown(IReadOnlyDictionary<string, (double Sum, double Count)> Seconds, IReadOnlyDictionary<string, TimeSpan> Processors)
{
    /// <summary>The parts of a step, in their order; they add up to <see cref="Whole"/>.</summary>
    public static readonly string[] Parts = ["plan", "transfer", "handover", "compute", "wait", "commit"];

    public const string Whole = "";

    /// <summary>What lies beside the steps: gaps on the slots, and the way of the tokens to the gateway.</summary>
    public static readonly string[] Beside = ["gap", "delivery"];

    public static async Task<StepBreakdown> ReadAsync(IEnumerable<int> metricsPorts, IEnumerable<(string Name, int Id)> processes)
    {
        var page = await MetricsPage.ReadAsync(metricsPorts);
        var seconds = Parts.Append(Whole).Concat(Beside).ToDictionary(part => part, part =>
        {
            var metric = part == Whole ? "baichuan_step_seconds" : $"baichuan_step_{part}_seconds";
            return (page[$"{metric}_sum"], page[$"{metric}_count"]);
        });
        return new StepBreakdown(seconds, processes.ToDictionary(process => process.Name, process => ProcessorTime.Of(process.Id)));
    }

    public double Steps => Seconds[Whole].Count;

    /// <summary>Mean of a part, in microseconds.</summary>
    public double Microseconds(string part) => Seconds[part].Count == 0 ? 0 : 1e6 * Seconds[part].Sum / Seconds[part].Count;

    /// <summary>Processor time of a process for each step, in microseconds.</summary>
    public double ProcessorMicroseconds(string process) => Processors[process].TotalMicroseconds / Steps;

    public StepBreakdown Since(StepBreakdown before) => Combine(before, -1);

    public StepBreakdown Plus(StepBreakdown other) => Combine(other, 1);

    private StepBreakdown Combine(StepBreakdown other, int sign) => new(
        Seconds.ToDictionary(entry => entry.Key, entry => (entry.Value.Sum + (sign * other.Seconds[entry.Key].Sum), entry.Value.Count + (sign * other.Seconds[entry.Key].Count))),
        Processors.ToDictionary(entry => entry.Key, entry => entry.Value + (sign * other.Processors[entry.Key])));
}
