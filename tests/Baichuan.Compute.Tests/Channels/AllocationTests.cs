namespace Baichuan.Compute.Tests.Channels;

public sealed class AllocationTests
{
    private const int Operations = 1_000;

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void Operations_allocate_nothing_once_they_are_warm(Spread spread)
    {
        using var replica = TestReplica.Connect(spread, 3, 2, TimeSpan.FromSeconds(30));
        var allocated = new long[replica.Peers.Count];

        ShardThreads.Run(replica.Peers, (shard, mine) =>
        {
            var values = new float[2_000];
            var all = new float[6_000];
            var before = 0L;
            for (var i = 0; i < 2 * Operations; i++)
            {
                if (i == Operations)
                    before = GC.GetAllocatedBytesForCurrentThread();
                mine.BeginStep(1, (ulong)i);
                mine.AllReduce(values);
                mine.GatherToFirst(values, shard % 3 == 0 ? all : [], [2_000, 2_000, 2_000]);
                if (shard == 0)
                    mine.SendToNextStage(values);
                if (shard == 3)
                    mine.ReceiveFromPreviousStage(values);
                mine.Broadcast(values);
            }

            allocated[shard] = GC.GetAllocatedBytesForCurrentThread() - before;
        });

        // Under TLS the other side says something of its own now and then, such as a ticket: that is less than a byte an operation.
        var most = spread == Spread.Tls ? Operations - 1 : 0;
        Assert.All(allocated, bytes => Assert.InRange(bytes, 0, most));
    }
}
