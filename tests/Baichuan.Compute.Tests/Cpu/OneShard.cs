using Baichuan.Compute.Channels;
using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>The tiny model on one shard that runs on the test's own thread.</summary>
internal sealed class OneShard : IDisposable
{
    private readonly ComputePool _pool = new(1);
    private readonly ModelCheckpoint _checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
    private readonly IShardExecutor _executor;
    private readonly ShardPeers _peers;
    private ulong _step;

    public OneShard()
        : this(Options)
    {
    }

    public OneShard(ExecutorOptions options)
    {
        var plan = ShardPlan.Create(_checkpoint.Config, 1, 1);
        _executor = new CpuExecutorFactory(_pool).Load(_checkpoint, plan, plan.Shards[0], options, CancellationToken.None);
        _peers = LocalPeers.Connect(plan, TimeSpan.FromSeconds(60))[0];
    }

    public static ExecutorOptions Options { get; } = new()
    {
        Weights = WeightType.F32,
        KvCache = KvType.F32,
        Blocks = new KvBlockCounts(3, 2),
        MaxSequences = 2,
        MaxBatchRows = 20,
        MaxContext = 40,
    };

    public StepBatchBuilder Batch { get; } = new();

    public StepBatch Build() => Batch.Build(0, _step++);

    public StepResult Run() => Run(Build());

    public StepResult Run(StepBatch batch) => _executor.Execute(batch, _peers);

    public void Reset() => _executor.Reset();

    public void Dispose()
    {
        _peers.Dispose();
        _executor.Dispose();
        _checkpoint.Dispose();
        _pool.Dispose();
    }
}
