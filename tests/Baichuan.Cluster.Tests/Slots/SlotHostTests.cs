using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Slots;
using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Execution;
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
        var deployment = new DeploymentOptions { ModelFolder = Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny"), Model = "tiny" };
        _host = new SlotHost(Options.Create(deployment), Options.Create(new SlotOptions()), new CpuExecutorFactory(new ComputePool(1)), TimeProvider.System, NullLogger<SlotHost>.Instance);
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

    public void Dispose() => _host.Dispose();

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
