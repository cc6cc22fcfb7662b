namespace Baichuan.Compute.Tests.Channels;

public sealed class CollectiveTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void All_reduce_gives_every_rank_the_bits_of_the_scalar_tree(Spread spread)
    {
        for (var ranks = 1; ranks <= 8; ranks++)
        {
            using var replica = TestReplica.Connect(spread, ranks, 1, Long);
            foreach (var count in new[] { 0, 1, 5, 4_097, 16_384, 16_385, 100_003 })
            {
                float[][] values = [.. Enumerable.Range(0, ranks).Select(rank => PlainTreeSum.Partial(rank + 1, count))];
                var expected = PlainTreeSum.Of([.. values.Select(partial => partial.ToArray())]);

                ShardThreads.Run(replica.Peers, (rank, mine) =>
                {
                    mine.BeginStep(1, 1);
                    mine.AllReduce(values[rank]);
                });

                Assert.All(values, sum => Assert.Equal(expected, sum));
            }
        }
    }

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void Payloads_far_larger_than_socket_buffers_do_not_lock_the_ranks_up(Spread spread)
    {
        const int Count = 16 << 20; // 64 MB
        using var replica = TestReplica.Connect(spread, 3, 1, Long);
        float[][] values = [.. Enumerable.Range(0, 3).Select(rank => Enumerable.Repeat(rank + 1f, Count).ToArray())];

        ShardThreads.Run(replica.Peers, (rank, mine) =>
        {
            mine.BeginStep(1, 1);
            mine.AllReduce(values[rank]);
        });

        Assert.All(values, sum => Assert.Equal(Count, sum.AsSpan().Count(6f)));
    }

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void Hidden_states_pass_from_stage_to_stage_and_are_broadcast_there(Spread spread)
    {
        using var replica = TestReplica.Connect(spread, 2, 3, Long);
        var hidden = PlainTreeSum.Partial(1, 1_000);
        var seen = new float[replica.Peers.Count][];

        ShardThreads.Run(replica.Peers, (shard, mine) =>
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

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void A_gather_lays_the_ranks_values_one_after_the_other_on_rank_0(Spread spread)
    {
        using var replica = TestReplica.Connect(spread, 4, 1, Long);
        var all = new float[6];

        ShardThreads.Run(replica.Peers, (rank, mine) =>
        {
            mine.BeginStep(1, 1);
            mine.GatherToFirst([.. Enumerable.Repeat((float)rank, rank)], rank == 0 ? all : [], [0, 1, 2, 3]);
        });

        Assert.Equal([1, 2, 2, 3, 3, 3], all);
    }

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void Partners_exchange_values_of_any_number_or_hand_them_over_one_way(Spread spread)
    {
        using var replica = TestReplica.Connect(spread, 4, 1, Long);
        float[][] values = [.. Enumerable.Range(0, 4).Select(rank => PlainTreeSum.Partial(rank + 1, 100_000 * (rank + 1)))];
        float[][] exchanged = [.. Enumerable.Range(0, 4).Select(rank => new float[values[rank ^ 1].Length])];
        var (given, sum) = (new float[values[0].Length], values.Select(_ => new float[] { 1 }).ToArray());

        ShardThreads.Run(replica.Peers, (rank, mine) =>
        {
            mine.BeginStep(1, 1);
            mine.ExchangeWithPartner(values[rank], exchanged[rank]);
            mine.ExchangeWithPartner(rank == 0 ? values[0] : [], rank == 1 ? given : []); // the other pair counts it too
            mine.AllReduce(sum[rank]);
        });

        for (var rank = 0; rank < 4; rank++)
            Assert.Equal(values[rank ^ 1], exchanged[rank]);
        Assert.Equal(values[0], given);
        Assert.All(sum, values => Assert.Equal([4], values));
    }

    [Fact]
    public void An_odd_number_of_ranks_has_no_partners()
    {
        using var replica = TestReplica.Connect(Spread.InProcess, 3, 1, Long);

        replica.Peers[0].BeginStep(1, 1);
        Assert.Throws<InvalidOperationException>(() => replica.Peers[0].ExchangeWithPartner([1], []));
    }
}
