using Baichuan.Model.Plan;

namespace Baichuan.Compute.Channels;

/// <summary>Ties the shards of one process together: a whole replica without a network.</summary>
public static class LocalPeers
{
    /// <summary>The peers of every shard, by shard index.</summary>
    /// <param name="stepTimeout">How long the operations of one step may take together, counted from its beginning.</param>
    /// <param name="spin">Spin for tens of microseconds before blocking: only where there are no more compute threads than cores.</param>
    public static ShardPeers[] Connect(ShardPlan plan, TimeSpan stepTimeout, bool spin = false)
    {
        var names = new PeerNames(plan.TensorParallel, Enumerable.Repeat("in this process", plan.Shards.Count));
        PeerBuilder[] builders = [.. plan.Shards.Select(shard => new PeerBuilder(names, shard.Index, plan.TensorParallel, stepTimeout, spin))];
        foreach (var (low, high) in PeerPairs.Of(plan.TensorParallel, plan.PipelineParallel))
            PeerBuilder.TieLocally(builders[low], builders[high]);
        return [.. builders.Select(builder => builder.Build())];
    }
}
