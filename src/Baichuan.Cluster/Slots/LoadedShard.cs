using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Compute;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Slots;

/// <summary>An executor in a slot's memory, and the cut it was loaded for. Outlives epochs: a new one of the same cut only resets it.</summary>
internal sealed class LoadedShard(ShardCut cut, IShardExecutor executor)
{
    private string _replica = "";
    private ulong _epoch;

    public ShardCut Cut => cut;

    public IShardExecutor Executor => executor;

    /// <summary>A step of this run is about to write into the blocks.</summary>
    public void OnStep(ShardKey run) => (_replica, _epoch) = (run.Replica, run.Epoch);

    /// <summary>Whatever is in the blocks is nobody's.</summary>
    public void OnRehearsed() => (_replica, _epoch) = ("", 0);

    /// <inheritdoc cref="ShardStatus.BlocksOf"/>
    public ulong BlocksOf(string replica) => _replica == replica ? _epoch : 0;
}

/// <summary>Everything that decides what a shard holds in memory.</summary>
internal sealed record ShardCut(int TensorParallel, int PipelineParallel, int Shard, KvBlockCounts Blocks, bool KvCopies);
