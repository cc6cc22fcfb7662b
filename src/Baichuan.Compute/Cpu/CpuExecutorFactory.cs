using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu;

/// <summary>Makes CPU executors that share one compute pool; the instruction set is chosen here, once.</summary>
public sealed class CpuExecutorFactory : IShardExecutorFactory
{
    private readonly ComputePool _pool;
    private readonly KernelSet _kernels;

    /// <param name="pool">The process's compute threads; outlives the executors.</param>
    public CpuExecutorFactory(ComputePool pool)
        : this(pool, KernelSet.Best)
    {
    }

    internal CpuExecutorFactory(ComputePool pool, KernelSet kernels)
    {
        _pool = pool;
        _kernels = kernels;
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <summary>The same for every instruction set: all of them add in one order.</summary>
    public string KernelVersion => "cpu-2";

    /// <inheritdoc/>
    public bool KeepsKvCopies => true;

    /// <summary>The chosen instruction set: <c>avx512</c>, <c>avx2</c>, <c>vector128</c> or <c>scalar</c>.</summary>
    public string InstructionSet => _kernels.Name;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An option cannot be.</exception>
    /// <exception cref="InsufficientMemoryException">The shard does not fit into memory.</exception>
    public IShardExecutor Load(ModelCheckpoint checkpoint, ShardPlan plan, Shard shard, ExecutorOptions options, CancellationToken cancellation)
    {
        Check(plan, options);
        return new CpuExecutor(_kernels, _pool, checkpoint, plan, shard, options, cancellation);
    }

    private static void Check(ShardPlan plan, ExecutorOptions options)
    {
        if (options.Device != "cpu")
            throw new ArgumentException($"The CPU executor runs on the device \"cpu\", not on \"{options.Device}\": choose that device, or the torch executor.", nameof(options));
        if (options.KvCopies && !ShardPlan.HasPairs(plan.TensorParallel))
            throw new ArgumentException($"Copies of a partner's keys and values are kept where ranks come in pairs; T is {plan.TensorParallel}.", nameof(options));
        options.CheckSizes(plan.Config);
    }
}
