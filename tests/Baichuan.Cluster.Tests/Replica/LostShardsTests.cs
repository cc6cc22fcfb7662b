using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Replica;

namespace Baichuan.Cluster.Tests.Replica;

public sealed class LostShardsTests
{
    [Fact]
    public void Whoever_ran_no_step_in_the_last_epoch_has_lost_its_blocks()
    {
        Assert.Equal([], Find(5, copies: true, 5, 5, 5, 5));
        Assert.Equal([1], Find(5, copies: true, 5, 0, 5, 6)); // the last one began a step that nobody completed
        Assert.Equal([0, 3], Find(5, copies: true, 4, 5, 5, 4));
    }

    [Fact]
    public void Without_copies_or_with_a_pair_lost_nothing_is_left()
    {
        Assert.Equal([], Find(5, copies: false, 5, 5, 5, 5));
        Assert.Null(Find(5, copies: false, 5, 0, 5, 5));
        Assert.Null(Find(5, copies: true, 5, 5, 0, 4));
    }

    [Fact]
    public void Before_any_step_there_is_nothing_to_keep()
    {
        Assert.Null(Find(null, copies: true, 0, 0, 0, 0));
        Assert.Null(Find(0, copies: true, 0, 0, 0, 0));
    }

    private static IReadOnlyList<int>? Find(ulong? computedIn, bool copies, params ulong[] blocksOf) => LostShards.Find(
        new EpochGrant { Epoch = 9, Secret = [], Places = [.. Enumerable.Range(0, 4).Select(shard => Place(shard, copies))] },
        [.. blocksOf.Select(epoch => new ShardStatus { Phase = ShardPhase.Ready, BlocksOf = epoch })],
        computedIn);

    private static ShardPlace Place(int shard, bool copies) =>
        new() { Stage = shard / 2, Rank = shard % 2, Silo = "silo", Slot = shard, DataEndpoint = "", ProcessId = 1, KvCacheBytes = 1, KvCopies = copies };
}
