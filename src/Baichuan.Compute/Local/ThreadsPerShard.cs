using System.Collections.Concurrent;
using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Local;

/// <summary>
/// CPU executors with compute threads of their own each, as shards in processes of their own have them: the shard's thread and <paramref name="threads"/> - 1
/// helpers. So T ranks of N threads keep T x N cores busy, and a rank never computes with another's threads.
/// </summary>
public sealed class ThreadsPerShard(int threads) : IShardExecutorFactory, IDisposable
{
    private static readonly CpuExecutorFactory Kind = new(new ComputePool(1)); // which has no thread

    private readonly ConcurrentBag<ComputePool> _pools = [];

    public string Name => Kind.Name;

    public string KernelVersion => Kind.KernelVersion;

    public string InstructionSet => Kind.InstructionSet;

    public IShardExecutor Load(ModelCheckpoint checkpoint, ShardPlan plan, Shard shard, ExecutorOptions options, CancellationToken cancellation)
    {
        // As embedded silos do: each shard on cores of its own, if there are enough. This is the shard's thread.
        var cores = plan.Shards.Count * threads <= Environment.ProcessorCount
            ? CoreSet.Parse("--threads", $"{shard.Index * threads}-{((shard.Index + 1) * threads) - 1}")
            : null;
        cores?.KeepThisThread();
        var pool = new ComputePool(threads, cores);
        _pools.Add(pool);
        return new CpuExecutorFactory(pool).Load(checkpoint, plan, shard, options, cancellation);
    }

    public void Dispose()
    {
        foreach (var pool in _pools)
            pool.Dispose();
    }
}
