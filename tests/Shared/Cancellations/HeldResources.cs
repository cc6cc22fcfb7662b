namespace Baichuan.Testing.Cancellations;

/// <summary>What processes hold for requests, from outside: their /metrics, and their open handles.</summary>
/// <param name="Counts">By the name of the metric; the same whenever nothing runs.</param>
/// <param name="Handles">Of each process, where the system tells.</param>
internal sealed record HeldResources(IReadOnlyDictionary<string, double> Counts, IReadOnlyList<int> Handles)
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private static readonly string[] s_metrics =
    [
        "baichuan_gateway_requests_running", "baichuan_replica_requests_waiting", "baichuan_replica_requests_running", "baichuan_replica_kv_blocks_used", "baichuan_slot_ready", "baichuan_silo_grains",
    ];

    public static async Task<HeldResources> ReadAsync(IReadOnlyList<int> metricsPorts, IReadOnlyList<int> processes)
    {
        var page = await Processes.MetricsPage.ReadAsync(metricsPorts);
        return new HeldResources(s_metrics.ToDictionary(name => name, name => page[name]), [.. processes.Select(HandlesOf)]);
    }

    /// <summary>Reads again until every count is as here, or some time has passed.</summary>
    public async Task<HeldResources> ReadAgainAsync(IReadOnlyList<int> metricsPorts, IReadOnlyList<int> processes)
    {
        using var limit = new CancellationTokenSource(Most);
        while (true)
        {
            var now = await ReadAsync(metricsPorts, processes);
            if (limit.IsCancellationRequested || s_metrics.All(name => now.Counts[name] == Counts[name]))
                return now;
            await Task.Delay(Period, CancellationToken.None);
        }
    }

    private static int HandlesOf(int process) => OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries($"/proc/{process}/fd").Length : 0;
}
