using Baichuan.Compute;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.SameBytes.Tests;

/// <summary>Executors that can be lost: another one takes the place, which knows nothing.</summary>
internal sealed class ReplaceableExecutors(IShardExecutorFactory factory) : IShardExecutorFactory
{
    private readonly Dictionary<int, Replaceable> _executors = [];

    public string Name => factory.Name;

    public string KernelVersion => factory.KernelVersion;

    public IShardExecutor Load(ModelCheckpoint checkpoint, ShardPlan plan, Shard shard, ExecutorOptions options, CancellationToken cancellation)
    {
        var executor = new Replaceable(() => factory.Load(checkpoint, plan, shard, options, cancellation));
        lock (_executors)
            _executors[shard.Index] = executor;
        return executor;
    }

    public void Replace(int shard) => _executors[shard].Replace();

    private sealed class Replaceable(Func<IShardExecutor> load) : IShardExecutor
    {
        private IShardExecutor _executor = load();

        public void Reset() => _executor.Reset();

        public StepResult Execute(StepBatch batch, IShardPeers peers) => _executor.Execute(batch, peers);

        public void Dispose() => _executor.Dispose();

        public void Replace()
        {
            var lost = _executor;
            _executor = load(); // before its memory is free to be given to this one
            lost.Dispose();
        }
    }
}
