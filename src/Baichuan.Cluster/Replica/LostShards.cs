using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Replica;

/// <summary>What a new epoch begins with of the blocks that were computed before it.</summary>
internal static class LostShards
{
    /// <summary>The shards, by index, whose blocks have to come from their partners. Null: some can come from nobody, and all is computed again.</summary>
    /// <param name="shards">As the shards of the epoch were when all were ready.</param>
    /// <param name="computedIn">The epoch in which a step was last completed, or, as far as a new coordinator can tell, run; 0 or null: none was.</param>
    public static IReadOnlyList<int>? Find(EpochGrant grant, IReadOnlyList<ShardStatus> shards, ulong? computedIn)
    {
        if (computedIn is null or 0)
            return null;
        int[] lost = [.. Enumerable.Range(0, shards.Count).Where(shard => shards[shard].BlocksOf < computedIn)];
        return lost.Length == 0 || (KeepCopies(grant) && !lost.Any(shard => lost.Contains(shard ^ 1))) ? lost : null;
    }

    /// <summary>Whether shards of the epoch keep copies of their partners' blocks.</summary>
    public static bool KeepCopies(EpochGrant grant) => grant.TensorParallel % 2 == 0 && grant.Places.All(place => place.KvCopies);
}
