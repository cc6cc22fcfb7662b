using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Slots;
using Baichuan.Cluster.Telemetry;
using Baichuan.Compute;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Tests.Slots;

public sealed class ShardRunTests
{
    private static readonly AttachOrder Order = new()
    {
        TensorParallel = 1,
        PipelineParallel = 1,
        GlobalBlocks = 1,
        SlidingBlocks = 1,
        Endpoints = [],
        Secret = [],
        Profile = "p",
    };

    private readonly ShardRun _run = new(new ShardKey("model/0", 3, 0, "silo", 0), Order);

    [Fact]
    public async Task Steps_that_come_in_any_order_run_by_number()
    {
        var executor = new RecordingExecutor();
        var steps = new ulong[] { 2, 0, 1 }.Select(step => _run.Enqueue(Batch(step), follows: false, TimeSpan.FromSeconds(1))).ToArray();
        using var thread = Serve(executor);
        await Task.WhenAll(steps);
        _run.Close("done");

        Assert.Equal([0ul, 1, 2], executor.Ran);
    }

    [Fact]
    public async Task A_step_that_came_before_is_refused()
    {
        using var thread = Serve(new RecordingExecutor());
        await _run.Enqueue(Batch(0), follows: false, TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<ShardFailureException>(() => _run.Enqueue(Batch(0), follows: false, TimeSpan.FromSeconds(1)));
        _run.Close("done");
    }

    [Fact]
    public async Task Closing_fails_held_steps_and_later_ones_with_the_first_reason()
    {
        var held = _run.Enqueue(Batch(1), follows: false, TimeSpan.FromSeconds(1));
        _run.Close("first", lostShard: 2);
        _run.Close("second");

        var failure = await Assert.ThrowsAsync<ShardFailureException>(() => held);
        Assert.Equal(("first", 2), (failure.Message, failure.LostShard));
        Assert.Equal("first", (await Assert.ThrowsAsync<ShardFailureException>(() => _run.Enqueue(Batch(0), follows: false, TimeSpan.FromSeconds(1)))).Message);
        Assert.Equal(ShardPhase.Failed, _run.Status.Phase);
    }

    [Fact]
    public async Task Closing_fails_the_step_that_runs_though_its_thread_hangs()
    {
        var executor = new RecordingExecutor { Hang = new ManualResetEventSlim() };
        var thread = Serve(executor);
        var running = _run.Enqueue(Batch(0), follows: false, TimeSpan.FromSeconds(1));
        executor.Entered.Wait();

        _run.Close("gone");

        Assert.Equal("gone", (await Assert.ThrowsAsync<ShardFailureException>(() => running)).Message);
        executor.Hang.Set();
        thread.Dispose();
    }

    private static StepBatch Batch(ulong step)
    {
        var builder = new StepBatchBuilder();
        builder.Release(0);
        return builder.Build(3, step);
    }

    private ServingThread Serve(IShardExecutor executor) => new(() =>
    {
        try
        {
            _run.Execute(new LoadedShard(new ShardCut(1, 1, 0, default, false), executor), null!, _ => { }, new SlotMetrics(0, TimeProvider.System));
        }
        catch (OperationCanceledException)
        {
            // The run was closed.
        }
    });

    private sealed class ServingThread : IDisposable
    {
        private readonly Thread _thread;

        public ServingThread(Action work)
        {
            _thread = new Thread(() => work());
            _thread.Start();
        }

        public void Dispose() => Assert.True(_thread.Join(TimeSpan.FromSeconds(30)));
    }

    private sealed class RecordingExecutor : IShardExecutor
    {
        public List<ulong> Ran { get; } = [];

        public ManualResetEventSlim? Hang { get; init; }

        public ManualResetEventSlim Entered { get; } = new();

        public void Reset()
        {
        }

        public StepResult Execute(StepBatch batch, IShardPeers peers)
        {
            Entered.Set();
            Hang?.Wait();
            Ran.Add(batch.Step);
            return StepResult.Create(batch.Epoch, batch.Step, TimeSpan.Zero, TimeSpan.Zero);
        }

        public void Dispose()
        {
        }
    }
}
