using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Replica;

/// <summary>What a new epoch begins with of the blocks that were computed before it.</summary>
internal static class LostShards
{
    /// <summary>The shards, by index, whose blocks have to come from their partners. Null: some can come from nobody, and all is computed again.</summary>
    /// <param name="shards">As the shards of the epoch were when all were ready.</param>
    /// <param name="epochs">Whoever ran its last step in one of these has its blocks as the scheduler knows them. Epochs in between, or later ones, are another coordinator's.</param>
    public static IReadOnlyList<int>? Find(EpochGrant grant, IReadOnlyList<ShardStatus> shards, params ReadOnlySpan<ulong> epochs)
    {
        var lost = new List<int>();
        for (var shard = 0; shard < shards.Count; shard++)
        {
            if (shards[shard].BlocksOf == 0 || !epochs.Contains(shards[shard].BlocksOf))
                lost.Add(shard);
        }

        return lost.Count == 0 || (KeepCopies(grant) && !lost.Exists(shard => lost.Contains(shard ^ 1))) ? lost : null;
    }

    /// <summary>Whether shards of the epoch keep copies of their partners' blocks.</summary>
    public static bool KeepCopies(EpochGrant grant) => ShardPlan.HasPairs(grant.TensorParallel) && grant.Places.All(place => place.KvCopies);
}
