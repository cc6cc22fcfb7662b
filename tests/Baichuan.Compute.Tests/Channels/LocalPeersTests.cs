using Baichuan.Compute.Channels;

namespace Baichuan.Compute.Tests.Channels;

public sealed class LocalPeersTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public void All_reduce_gives_every_rank_the_bits_of_the_scalar_tree()
    {
        for (var ranks = 1; ranks <= 8; ranks++)
        {
            var peers = LocalPeers.Connect(TestPlans.Create(ranks, 1), Long);
            foreach (var count in new[] { 0, 1, 5, 4_097, 100_003 })
            {
                float[][] values = [.. Enumerable.Range(0, ranks).Select(rank => PlainTreeSum.Partial(rank + 1, count))];
                var expected = PlainTreeSum.Of([.. values.Select(partial => partial.ToArray())]);

                ShardThreads.Run(peers, (rank, mine) =>
                {
                    mine.BeginStep(1, 1);
                    mine.AllReduce(values[rank]);
                });

                Assert.All(values, sum => Assert.Equal(expected, sum));
            }
        }
    }

    [Fact]
    public void Hidden_states_pass_from_stage_to_stage_and_are_broadcast_there()
    {
        var peers = LocalPeers.Connect(TestPlans.Create(2, 3), Long);
        var hidden = PlainTreeSum.Partial(1, 1_000);
        var seen = new float[peers.Length][];

        ShardThreads.Run(peers, (shard, mine) =>
        {
            mine.BeginStep(1, 1);
            seen[shard] = shard < 2 ? [.. hidden] : new float[hidden.Length];
            if (shard is 2 or 4)
                mine.ReceiveFromPreviousStage(seen[shard]);
            mine.Broadcast(seen[shard]);
            if (shard is 0 or 2)
                mine.SendToNextStage(seen[shard]);
        });

        Assert.All(seen, values => Assert.Equal(hidden, values));
    }

    [Fact]
    public void A_gather_lays_the_ranks_values_one_after_the_other_on_rank_0()
    {
        var peers = LocalPeers.Connect(TestPlans.Create(3, 1), Long);
        var all = new float[6];

        ShardThreads.Run(peers, (rank, mine) =>
        {
            mine.BeginStep(1, 1);
            mine.GatherToFirst([.. Enumerable.Repeat((float)rank, rank + 1)], rank == 0 ? all : [], [1, 2, 3]);
        });

        Assert.Equal([0, 1, 1, 2, 2, 2], all);
    }
}
