using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Compute;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Blocks;

namespace Baichuan.Cluster.Slots;

/// <summary>An executor in a slot's memory, and the cut it was loaded for. Outlives epochs: a new one of the same cut only resets it.</summary>
internal sealed class LoadedShard(ShardCut cut, IShardExecutor executor)
{
    private readonly BlockNames _names = new(cut.Blocks);
    private string _replica = "";
    private ulong _epoch;

    public ShardCut Cut => cut;

    public IShardExecutor Executor => executor;

    /// <summary>Runs a step of a replica's epoch, and keeps account of what its blocks hold.</summary>
    public StepResult Run(ShardKey run, StepBatch batch, IShardPeers peers)
    {
        if (_replica != run.Replica)
            _names.Clear();
        (_replica, _epoch) = (run.Replica, run.Epoch);
        _names.Begin(batch);
        var result = executor.Execute(batch, peers);
        _names.End(batch);
        return result;
    }

    /// <inheritdoc cref="ShardStatus.BlocksOf"/>
    public ulong BlocksOf(string replica) => _replica == replica ? _epoch : 0;

    /// <summary>What its blocks hold of a replica's sequences.</summary>
    public NamedBlock[] NamesOf(string replica) => _replica == replica ? _names.ToArray() : [];
}

/// <summary>Everything that decides what a shard holds in memory.</summary>
internal sealed record ShardCut(int TensorParallel, int PipelineParallel, int Shard, KvBlockCounts Blocks, bool KvCopies);
