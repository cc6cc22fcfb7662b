using Baichuan.Model.Plan;
using Baichuan.Scheduling.Blocks;

namespace Baichuan.Cluster.Placement;

/// <summary>One way to cut a replica, and what it asks of a slot. Remembers its sums: for many layers they take some time, and a replica that waits asks ten times a second.</summary>
internal sealed class Layout(ShardPlan plan, DeploymentOptions deployment)
{
    private readonly Dictionary<(long Bytes, KvType Type, bool Copies), int> _longest = []; // by the KV cache
    private readonly Dictionary<WeightType, long> _weightBytes = [];

    public ShardPlan Plan => plan;

    /// <summary>Of its largest shard.</summary>
    public long WeightBytes(WeightType weights) => _weightBytes.TryGetValue(weights, out var known)
        ? known
        : _weightBytes[weights] = MemoryPlan.Create(plan, weights, deployment.KvCache).Shards.Max(shard => shard.WeightBytes);

    /// <summary>Most tokens of a sequence, if slots have so many bytes of KV cache each.</summary>
    public int LongestSequence(long kvCacheBytes, KvType kvCache, bool kvCopies)
    {
        if (_longest.TryGetValue((kvCacheBytes, kvCache, kvCopies), out var known))
            return known;
        var blocks = MemoryPlan.Largest(plan, kvCacheBytes, kvCache, deployment.MaxSequences, deployment.MaxBatchRows, kvCopies);
        return _longest[(kvCacheBytes, kvCache, kvCopies)] = new SequenceFit(blocks, plan.Config.SlidingWindow, deployment.MaxBatchRows).LongestSequence(deployment.ContextOf(plan.Config));
    }
}
