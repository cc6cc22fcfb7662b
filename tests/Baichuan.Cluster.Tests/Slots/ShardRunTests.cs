using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Slots;
using Baichuan.Cluster.Telemetry;
using Baichuan.Compute;
using Baichuan.Compute.Channels;
using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

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
    private readonly ShardPlan _plan = ShardPlan.Create(ModelConfig.Load(Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny")), 2, 1);

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

    [Fact]
    public async Task Rank_0_hands_the_steps_that_it_is_given_on_to_the_others()
    {
        var order = Order with { TensorParallel = 2 };
        var (leading, led) = (new ShardRun(new ShardKey("model/0", 3, 0, "silo", 0), order), new ShardRun(new ShardKey("model/0", 3, 1, "silo", 1), order));
        var (first, second) = (new RecordingExecutor(), new RecordingExecutor());
        var peers = LocalPeers.Connect(_plan, TimeSpan.FromSeconds(30));
        using var threads = new ServingThreads(() => Serve(leading, first, peers[0]), () => Serve(led, second, peers[1]));

        await Task.WhenAll(new ulong[] { 1, 0, 2 }.Select(step => leading.Enqueue(Batch(step, text: step == 1 ? 5_000 : 0), follows: false, TimeSpan.FromSeconds(30))));
        var refused = await Assert.ThrowsAsync<ShardFailureException>(() => led.Enqueue(Batch(3), follows: false, TimeSpan.FromSeconds(1)));
        peers[0].Close("the test is over");
        leading.Close("over");

        Assert.Contains("rank 0", refused.Message);
        Assert.Equal([0ul, 1, 2], first.Ran);
        await led.Ended;
        Assert.Equal(first.Frames, second.Frames);
    }

    [Fact]
    public async Task A_run_that_ends_says_so_to_who_watches_it()
    {
        Assert.False(_run.Ended.IsCompleted);
        _run.Close("gone", lostShard: 1);
        await _run.Ended;
        Assert.Equal((ShardPhase.Failed, "gone", 1), (_run.Status.Phase, _run.Status.Failure, _run.Status.LostShard));
    }

    private static StepBatch Batch(ulong step, int text = 0)
    {
        var builder = new StepBatchBuilder();
        builder.Release(0);
        if (text > 0)
            builder.Admit(0, text, text + 1, SamplingSettings.Greedy, [.. Enumerable.Range(0, text)], [], []);
        return builder.Build(3, step);
    }

    private ServingThreads Serve(IShardExecutor executor) =>
        new(() => Serve(_run, executor, LocalPeers.Connect(ShardPlan.Create(_plan.Config, 1, 1), TimeSpan.FromSeconds(30))[0]));

    private static void Serve(ShardRun run, IShardExecutor executor, ShardPeers peers)
    {
        try
        {
            run.Execute(new LoadedShard(new ShardCut(1, 1, 0, default, false), executor), peers, new SlotMetrics(0, TimeProvider.System));
        }
        catch (Exception e) when (e is OperationCanceledException or PeerException)
        {
            run.Close(e.Message); // if it was not closed before
        }
    }

    private sealed class ServingThreads : IDisposable
    {
        private readonly Thread[] _threads;

        public ServingThreads(params Action[] works)
        {
            _threads = [.. works.Select(work => new Thread(() => work()))];
            foreach (var thread in _threads)
                thread.Start();
        }

        public void Dispose() => Assert.All(_threads, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(30))));
    }

    private sealed class RecordingExecutor : IShardExecutor
    {
        public List<ulong> Ran { get; } = [];

        public List<byte[]> Frames { get; } = [];

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
            Frames.Add(batch.Frame.ToArray());
            return StepResult.Create(batch.Epoch, batch.Step, TimeSpan.Zero, TimeSpan.Zero);
        }

        public void Dispose()
        {
        }
    }
}
