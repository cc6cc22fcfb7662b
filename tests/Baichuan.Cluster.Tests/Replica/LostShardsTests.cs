using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Replica;

namespace Baichuan.Cluster.Tests.Replica;

public sealed class LostShardsTests
{
    [Fact]
    public void Whoever_ran_no_step_in_the_last_epoch_has_lost_its_blocks()
    {
        Assert.Equal([], Find(copies: true, 5, 5, 5, 5));
        Assert.Equal([1], Find(copies: true, 5, 0, 5, 7)); // the last one began a step that nobody completed
        Assert.Equal([0, 3], Find(copies: true, 4, 5, 5, 4));
    }

    [Fact]
    public void What_another_coordinator_had_run_meanwhile_is_not_ours()
    {
        Assert.Equal([2], Find(copies: true, 5, 7, 6, 5));
        Assert.Null(Find(copies: true, 6, 6, 6, 6));
        Assert.Null(Find(copies: true, 9, 9, 9, 9));
    }

    [Fact]
    public void Without_copies_or_with_a_pair_lost_nothing_is_left()
    {
        Assert.Equal([], Find(copies: false, 5, 5, 5, 5));
        Assert.Null(Find(copies: false, 5, 0, 5, 5));
        Assert.Null(Find(copies: true, 5, 5, 0, 4));
    }

    [Fact]
    public void Before_any_step_there_is_nothing_to_keep() => Assert.Null(LostShards.Find(Grant(true), [.. Enumerable.Repeat(Ran(0), 4)], 0, 7));

    private static IReadOnlyList<int>? Find(bool copies, params ulong[] blocksOf) => LostShards.Find(
        Grant(copies), [.. blocksOf.Select(Ran)], 5, 7);

    private static EpochGrant Grant(bool copies) => new() { Epoch = 9, Secret = [], Places = [.. Enumerable.Range(0, 4).Select(shard => Place(shard, copies))] };

    private static ShardStatus Ran(ulong epoch) => new() { Phase = ShardPhase.Ready, BlocksOf = epoch };

    private static ShardPlace Place(int shard, bool copies) =>
        new() { Stage = shard / 2, Rank = shard % 2, Silo = "silo", Slot = shard, DataEndpoint = "", ProcessId = 1, KvCacheBytes = 1, KvCopies = copies };
}
