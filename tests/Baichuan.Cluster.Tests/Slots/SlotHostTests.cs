using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Slots;
using Baichuan.Compute;
using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Tests.Slots;

/// <summary>A silo that has seen a newer epoch, and whoever still lives in the older one.</summary>
public sealed class SlotHostTests : IDisposable
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);

    private readonly SlotHost _host;

    public SlotHostTests()
    {
        _host = NewHost(new CpuExecutorFactory(new ComputePool(1)));
    }

    [Fact]
    public async Task A_coordinator_that_wakes_up_in_an_older_epoch_reaches_nothing_any_more()
    {
        _host.Attach(Key(1), Order());
        var held = _host.StepAsync(Key(1), Batch(epoch: 1, step: 1), follows: false, SafetyNet); // step 0 is still to come

        _host.Attach(Key(2), Order());

        await Assert.ThrowsAsync<ShardFailureException>(() => held.WaitAsync(SafetyNet));
        Assert.Throws<StaleEpochException>(() => _host.Attach(Key(1), Order()));
        await Assert.ThrowsAsync<StaleEpochException>(async () => await _host.StepAsync(Key(1), Batch(epoch: 1, step: 0), follows: false, SafetyNet));
        _host.Detach(Key(1), "an old order");
        Assert.NotEqual(ShardPhase.Failed, _host.Attach(Key(2), Order()).Phase);
    }

    [Fact]
    public async Task A_silo_is_ready_while_its_shards_run_or_were_ended_by_an_order_and_not_when_one_failed_by_itself()
    {
        await _host.Checked;
        Assert.True(_host.IsReady); // it was given none
        var factory = new FailingFactory();
        using var host = NewHost(factory);
        await host.Checked;
        var order = Order() with { Endpoints = [host.DataEndpoint], Profile = host.Profile };
        host.Attach(Key(1), order);
        await PhaseAsync(host, Key(1), order, ShardPhase.Failed);
        Assert.False(host.IsReady);

        factory.Fails = false;
        host.Attach(Key(2), order);
        await PhaseAsync(host, Key(2), order, ShardPhase.Ready);
        Assert.True(host.IsReady);
        host.Detach(Key(2), "the replica is elsewhere");
        Assert.True(host.IsReady);
    }

    public void Dispose() => _host.Dispose();

    private static SlotHost NewHost(IShardExecutorFactory factory) => new(
        Options.Create(new DeploymentOptions { ModelFolder = Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny"), Model = "tiny" }),
        Options.Create(new SlotOptions()), factory, TimeProvider.System, NullLogger<SlotHost>.Instance);

    private static async Task PhaseAsync(SlotHost host, ShardKey key, AttachOrder order, ShardPhase phase)
    {
        using var most = new CancellationTokenSource(SafetyNet);
        while (host.Attach(key, order).Phase != phase)
        {
            most.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Loads a shard, or has no memory for it.</summary>
    private sealed class FailingFactory : IShardExecutorFactory
    {
        private readonly CpuExecutorFactory _real = new(new ComputePool(1));

        public volatile bool Fails = true;

        public string Name => _real.Name;

        public string KernelVersion => _real.KernelVersion;

        public IShardExecutor Load(ModelCheckpoint checkpoint, ShardPlan plan, Shard shard, ExecutorOptions options, CancellationToken cancellation) =>
            Fails ? throw new InsufficientMemoryException("The shard does not fit.") : _real.Load(checkpoint, plan, shard, options, cancellation);
    }

    private static ShardKey Key(ulong epoch) => new("tiny/0", epoch, 0, "127.0.0.1:1@1", 0);

    private static StepBatch Batch(ulong epoch, ulong step) => new StepBatchBuilder().Build(epoch, step);

    private AttachOrder Order() => new()
    {
        TensorParallel = 1,
        PipelineParallel = 1,
        GlobalBlocks = 8,
        SlidingBlocks = 8,
        Endpoints = [_host.DataEndpoint],
        Secret = new byte[32],
        Profile = _host.Profile,
    };
}
