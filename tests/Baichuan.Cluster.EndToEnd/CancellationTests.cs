using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.Testing.Cancellations;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>Clients that leave. The full number, on several processes, is the verb <c>cancellations</c> of Baichuan.Benchmarks.</summary>
public sealed class CancellationTests
{
    private const int MostMoreHandles = 16;

    [Fact]
    public async Task Cancelled_requests_leave_nothing_behind_at_whichever_phase()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("--max-sequences", "8");
        int[] ports = [cluster.MetricsPort];
        int[] processes = [cluster.Server.Id];
        await CancelledRequests.RunAsync(cluster.Inference, seed: 0, count: 100, atOnce: 24);

        var before = await HeldResources.ReadAsync(ports, processes);
        await CancelledRequests.RunAsync(cluster.Inference, seed: 1, count: 400, atOnce: 24);
        var after = await before.ReadAgainAsync(ports, processes);

        Assert.Equal(before.Counts, after.Counts);
        Assert.Equal(0, after.Counts["baichuan_replica_kv_blocks_used"]);
        Assert.Equal(1, after.Counts["baichuan_slot_ready"]);
        Assert.True(after.Counts["baichuan_silo_grains"] > 0);
        Assert.InRange(after.Handles[0] - before.Handles[0], int.MinValue, MostMoreHandles);
    }
}
