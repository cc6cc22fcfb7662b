using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Overload;

/// <summary>Looks at the queue on /metrics now and then.</summary>
internal static class QueueWatch
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <returns>The most requests that were seen waiting until the token was cancelled.</returns>
    public static async Task<double> MostAsync(ServedCluster cluster, CancellationToken until)
    {
        var most = 0.0;
        while (!until.IsCancellationRequested)
        {
            most = Math.Max(most, (await cluster.ReadMetricsAsync())["baichuan_replica_requests_waiting"]);
            await Task.Delay(Period, until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return most;
    }
}
