using Baichuan.Compute.Channels;

namespace Baichuan.Compute.Tests.Channels;

public sealed class FailureTests
{
    /// <summary>Far beyond any test: what ends sooner was not ended by the deadline.</summary>
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void A_closed_peer_fails_every_shard_of_the_replica_with_its_name(Spread spread)
    {
        const int Closed = 4;
        using var replica = TestReplica.Connect(spread, 3, 3, Never);

        var failures = ShardThreads.Failures(replica.Peers, (shard, mine) =>
        {
            if (shard == Closed)
                mine.Close("a test");
            else
                AllReduceForEver(mine);
        });

        foreach (var failure in failures.Where((_, shard) => shard != Closed))
            Assert.StartsWith("Stage 1 rank 1 ", Assert.IsType<PeerException>(failure).Peer);
    }

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void A_silent_peer_meets_the_deadline_and_is_named_by_every_rank(Spread spread)
    {
        using var replica = TestReplica.Connect(spread, 3, 1, Short);

        var failures = ShardThreads.Failures(replica.Peers, (rank, mine) =>
        {
            mine.BeginStep(7, 12);
            if (rank != 1)
                mine.AllReduce(new float[8]);
        });

        foreach (var rank in new[] { 0, 2 })
        {
            var failure = Assert.IsType<PeerException>(failures[rank]);
            Assert.StartsWith("Stage 0 rank 1 ", failure.Peer);
            Assert.Contains("silent", failure.Message);
            Assert.Contains("of step 12 in epoch 7", failure.Message);
        }
    }

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void Who_waits_for_an_order_waits_beyond_the_deadline_of_a_step_and_is_told_of_the_end(Spread spread)
    {
        var order = new byte[] { 1, 2, 3 };
        using var replica = TestReplica.Connect(spread, 3, 1, TimeSpan.FromMilliseconds(1));

        var failures = ShardThreads.Failures(replica.Peers, (rank, mine) =>
        {
            mine.Allow(TimeSpan.FromMilliseconds(1));
            if (rank == 0)
            {
                Thread.Sleep(50); // longer than a step may take, and than anybody spins
                mine.Allow(Never);
                mine.SendOrder(1, 0, order);
                mine.Close("a test");
                return;
            }

            Assert.Equal(order, mine.ReceiveOrder(1, 0));
            mine.ReceiveOrder(1, 1);
        });

        Assert.Null(failures[0]);
        foreach (var rank in new[] { 1, 2 })
            Assert.Contains("closed its channels", Assert.IsType<PeerException>(failures[rank]).Message);
    }

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    public void A_stage_that_nobody_empties_meets_the_deadline(Spread spread)
    {
        using var replica = TestReplica.Connect(spread, 1, 2, Short);
        var hidden = new float[4 << 20]; // 16 MB: the queue and the sockets hold a few

        var failures = ShardThreads.Failures(replica.Peers, (shard, mine) =>
        {
            mine.BeginStep(1, 1);
            while (shard == 0)
                mine.SendToNextStage(hidden);
        });

        Assert.StartsWith("Stage 1 rank 0 ", Assert.IsType<PeerException>(failures[0]).Peer);
    }

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void A_rank_in_another_step_or_with_another_length_is_out_of_step(Spread spread)
    {
        foreach (var (step, count) in new[] { (3UL, 10), (4UL, 12) })
        {
            using var replica = TestReplica.Connect(spread, 2, 1, Never);

            var failures = ShardThreads.Failures(replica.Peers, (rank, mine) =>
            {
                mine.BeginStep(1, rank == 0 ? 4 : step);
                mine.AllReduce(new float[rank == 0 ? 10 : count]);
            });

            Assert.Contains(failures, failure => failure!.Message.Contains("out of step"));
            Assert.All(failures, failure => Assert.IsType<PeerException>(failure));
        }
    }

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    [InlineData(Spread.Mixed)]
    public void Close_ends_the_waits_of_all_threads(Spread spread)
    {
        using var replica = TestReplica.Connect(spread, 3, 2, Never);
        using var begun = new CountdownEvent(replica.Peers.Count);
        var closing = new Thread(() =>
        {
            begun.Wait();
            replica.Peers[0].Close("a test");
        });
        closing.Start();

        var failures = ShardThreads.Failures(replica.Peers, (shard, mine) =>
        {
            mine.BeginStep(1, 1);
            begun.Signal();
            switch (shard)
            {
                case 0:
                    while (true)
                        mine.SendToNextStage(new float[1 << 20]); // until the queue is full
                case 1 or 2:
                    mine.AllReduce(new float[1 << 20]); // rank 0 does not come
                    break;
                case 3:
                    mine.GatherToFirst(new float[10], new float[30], [10, 10, 10]); // nobody brings anything
                    break;
                default:
                    mine.Broadcast(new float[10]); // rank 0 gathers
                    break;
            }
        });

        closing.Join();
        Assert.All(failures, failure => Assert.StartsWith("Stage 0 rank 0 ", Assert.IsType<PeerException>(failure).Peer));
    }

    [Theory]
    [InlineData(Spread.InProcess)]
    [InlineData(Spread.Tcp)]
    [InlineData(Spread.Tls)]
    public async Task A_closed_peer_is_seen_while_no_operation_runs(Spread spread)
    {
        using var replica = TestReplica.Connect(spread, 2, 2, Never);

        replica.Peers[3].Close("a test");

        foreach (var peers in replica.Peers)
            Assert.StartsWith("Stage 1 rank 1 ", (await peers.Broken).Peer);
    }

    [Fact]
    public void After_a_failure_every_operation_fails_at_once_with_the_first_cause()
    {
        var peers = LocalPeers.Connect(TestPlans.Create(2, 2), Never);
        peers[0].BeginStep(1, 1);

        peers[1].Close("the first cause");
        peers[0].Close("a later one");

        foreach (var operation in new Action[]
        {
            () => peers[0].AllReduce(new float[1]),
            () => peers[0].Broadcast(new float[1]),
            () => peers[0].GatherToFirst([], new float[1], [0, 1]),
            () => peers[0].SendToNextStage(new float[1]),
        })
            Assert.Contains("the first cause", Assert.Throws<PeerException>(operation).Message);
    }

    private static void AllReduceForEver(ShardPeers mine)
    {
        for (var step = 1UL; ; step++)
        {
            mine.BeginStep(1, step);
            mine.AllReduce(new float[100]);
        }
    }
}
