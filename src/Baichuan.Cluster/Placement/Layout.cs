using Baichuan.Model.Plan;
using Baichuan.Scheduling.Blocks;

namespace Baichuan.Cluster.Placement;

/// <summary>One way to cut a replica, and what it asks of a slot. Remembers its sums: for many layers they take some time, and a replica that waits asks ten times a second.</summary>
internal sealed class Layout(ShardPlan plan, DeploymentOptions deployment, WeightType weights)
{
    private readonly Dictionary<long, int> _longest = []; // by bytes of the KV cache
    private long? _weightBytes;

    public ShardPlan Plan => plan;

    /// <summary>Of its largest shard.</summary>
    public long WeightBytes => _weightBytes ??= MemoryPlan.Create(plan, weights, deployment.KvCache).Shards.Max(shard => shard.WeightBytes);

    /// <summary>Most tokens of a sequence, if slots have so many bytes of KV cache each.</summary>
    public int LongestSequence(long kvCacheBytes)
    {
        if (_longest.TryGetValue(kvCacheBytes, out var known))
            return known;
        var blocks = MemoryPlan.Largest(plan, kvCacheBytes, deployment.KvCache, deployment.MaxSequences, deployment.MaxBatchRows);
        return _longest[kvCacheBytes] = new SequenceFit(blocks, plan.Config.SlidingWindow, deployment.MaxBatchRows).LongestSequence(deployment.ContextOf(plan.Config));
    }
}
