using System.Globalization;
using Baichuan.Benchmarks.Measuring;

namespace Baichuan.Benchmarks.ClusterOverhead;

/// <summary>The benchmark as a story: load both sides, let them run in turn while the other one waits, compare.</summary>
internal static class OverheadRun
{
    private const int WarmUpRounds = 3;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(Workload workload, IReadOnlyList<int> batches, int rounds, TextWriter output, CancellationToken cancellation)
    {
        using var local = new LocalSide(workload);
        await using var cluster = await ClusterSide.StartAsync(workload);

        // 1. Some rounds without counting: memory gets touched, and code compiled, which goes on in the background for a while.
        foreach (var batch in Enumerable.Repeat(batches, WarmUpRounds).SelectMany(batch => batch))
        {
            local.Decode(batch);
            await cluster.DecodeAsync(batch, cancellation);
        }

        Write(output, $"The waiting cluster takes {await cluster.IdleAsync(IdleTime, cancellation):P1} of a core.");

        // 2. In turn, and the one before first in every other round: what changes with time changes for both.
        foreach (var batch in batches)
        {
            var measured = new List<(double Local, double Cluster)>();
            StepBreakdown? breakdown = null;
            for (var round = 0; round < rounds; round++)
            {
                var before = round % 2 == 0 ? local.Decode(batch) : 0;
                var (rate, steps) = await cluster.DecodeAsync(batch, cancellation);
                measured.Add((round % 2 == 0 ? before : local.Decode(batch), rate));
                breakdown = breakdown?.Plus(steps) ?? steps;
            }

            Report(output, batch, measured, breakdown!, local.Decoded);
        }

        return 0;
    }

    private static void Report(TextWriter output, int batch, List<(double Local, double Cluster)> measured, StepBreakdown breakdown, (TimeSpan Compute, TimeSpan Wait, int Steps) local)
    {
        Write(output, $"\nbatch {batch}, median (least to greatest) of {measured.Count} rounds");
        Write(output, $"  in one process  {new Spread(measured.Select(pair => pair.Local)).ToString("F1")} tokens/s");
        Write(output, $"  cluster         {new Spread(measured.Select(pair => pair.Cluster)).ToString("F1")} tokens/s");
        Write(output, $"  ratio           {new Spread(measured.Select(pair => pair.Cluster / pair.Local)).ToString("F3")}");
        Write(output, $"  overhead        {new Spread(measured.Select(pair => 1e6 * batch * ((1 / pair.Cluster) - (1 / pair.Local)))).ToString("F0")} us a step");
        Write(output, $"  a step in one process, mean of {local.Steps}, in us: compute {(local.Compute / local.Steps).TotalMicroseconds:F0}, wait {(local.Wait / local.Steps).TotalMicroseconds:F0}");
        Write(output, $"  a step of the cluster, mean of {breakdown.Steps:F0}, in us");
        foreach (var part in StepBreakdown.Parts)
            Write(output, $"    {part,-10}{breakdown.Microseconds(part),8:F0}");
        Write(output, $"    {"together",-10}{breakdown.Microseconds(StepBreakdown.Whole),8:F0}");
        Write(output, $"  beside them: {string.Join(", ", StepBreakdown.Beside.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part} {breakdown.Microseconds(part):F0}")))}");
        Write(output, $"  processor time a step: {string.Join(", ", breakdown.Processors.Keys.Select(name => string.Create(CultureInfo.InvariantCulture, $"{name} {breakdown.ProcessorMicroseconds(name):F0}")))}");
    }

    private static void Write(TextWriter output, FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
