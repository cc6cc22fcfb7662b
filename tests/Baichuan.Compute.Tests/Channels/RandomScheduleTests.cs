using Baichuan.Compute.Channels;
using CsCheck;

namespace Baichuan.Compute.Tests.Channels;

public sealed class RandomScheduleTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private static readonly Gen<Operation> AnyOperation = Gen.Select(Gen.Enum<Collective>(), Gen.OneOf(Gen.Int[0, 3_000], Gen.Int[15_000, 40_000]), Gen.Int[0, 1_000_000])
        .Select((collective, count, seed) => new Operation(collective, count, seed));

    private static readonly Gen<Schedule> AnySchedule =
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 3], Gen.Enum<Spread>(), Gen.Bool, AnyOperation.Array[0, 6].Array[1, 6])
            .Select((ranks, stages, spread, spin, steps) => new Schedule(ranks, stages, spread, spin, steps));

    public enum Collective
    {
        AllReduce,
        Broadcast,
        Gather,
    }

    [Fact]
    public void Any_sequence_of_operations_gives_what_its_definition_says_at_every_rank_and_stage() =>
        AnySchedule.Sample(Run, iter: 60, threads: 1);

    private static void Run(Schedule schedule)
    {
        using var replica = TestReplica.Connect(schedule.Spread, schedule.Ranks, schedule.Stages, Long, schedule.Spin);
        ShardThreads.Run(replica.Peers, (shard, mine) =>
        {
            for (var step = 0; step < schedule.Steps.Length; step++)
            {
                HandOnOrder(schedule, shard % schedule.Ranks, step, mine);
                mine.BeginStep(1, (ulong)step);
                PassHiddenStates(schedule, shard, step, mine);
                foreach (var operation in schedule.Steps[step])
                    Run(operation, schedule.Ranks, shard % schedule.Ranks, mine);
            }
        });
    }

    private static void HandOnOrder(Schedule schedule, int rank, int step, ShardPeers mine)
    {
        var order = new byte[schedule.Steps[step].Sum(operation => operation.Count)]; // of up to 200 KB
        new Random(step).NextBytes(order);
        if (rank == 0)
            mine.SendOrder(1, (ulong)step, order);
        else
            Assert.Equal(order, mine.ReceiveOrder(1, (ulong)step));
    }

    /// <summary>Stages run free of each other: only these frames tie them, and early stages may be steps ahead.</summary>
    private static void PassHiddenStates(Schedule schedule, int shard, int step, ShardPeers mine)
    {
        var (stage, rank) = Math.DivRem(shard, schedule.Ranks);
        var hidden = PlainTreeSum.Partial(step, 500 * step);
        if (rank == 0 && stage > 0)
        {
            var received = new float[hidden.Length];
            mine.ReceiveFromPreviousStage(received);
            Assert.Equal(hidden, received);
        }

        if (rank == 0 && stage < schedule.Stages - 1)
            mine.SendToNextStage(hidden);
    }

    private static void Run(Operation operation, int ranks, int rank, ShardPeers mine)
    {
        float[][] byRank = [.. Enumerable.Range(0, ranks).Select(r => PlainTreeSum.Partial(operation.Seed + r, operation.CountAt(r)))];
        float[] values = [.. byRank[rank]];
        switch (operation.Collective)
        {
            case Collective.AllReduce:
                mine.AllReduce(values);
                Assert.Equal(PlainTreeSum.Of(byRank), values);
                break;
            case Collective.Broadcast:
                mine.Broadcast(values);
                Assert.Equal(byRank[0], values);
                break;
            case Collective.Gather:
                var all = new float[rank == 0 ? byRank.Sum(v => v.Length) : 0];
                mine.GatherToFirst(values, all, [.. byRank.Select(v => v.Length)]);
                Assert.Equal(rank == 0 ? byRank.SelectMany(v => v) : [], all);
                break;
        }
    }

    private sealed record Schedule(int Ranks, int Stages, Spread Spread, bool Spin, Operation[][] Steps);

    private sealed record Operation(Collective Collective, int Count, int Seed)
    {
        /// <summary>The ranks of a gather bring different counts.</summary>
        public int CountAt(int rank) => Collective == Collective.Gather ? (Count + (rank * 37)) % 3_001 : Count;
    }
}
