using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Compute;

/// <summary>Makes executors of one kind; which kind is chosen once, at start.</summary>
public interface IShardExecutorFactory
{
    /// <summary>The name that options and profiles use: <c>cpu</c> or <c>torch</c>.</summary>
    string Name { get; }

    /// <summary>What fixes the order of sums in this executor's kernels; changes whenever results may. Part of a profile.</summary>
    string KernelVersion { get; }

    /// <summary>Whether its executors can keep copies (<see cref="ExecutorOptions.KvCopies"/>).</summary>
    bool KeepsKvCopies => false;

    /// <summary>Reads the shard's slices into its own memory and allocates pools and buffers. Blocking: minutes for a large shard.</summary>
    /// <exception cref="Baichuan.Model.ModelFormatException">The checkpoint is not what its config says.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while loading; nothing is left behind.</exception>
    IShardExecutor Load(ModelCheckpoint checkpoint, ShardPlan plan, Shard shard, ExecutorOptions options, CancellationToken cancellation);
}
