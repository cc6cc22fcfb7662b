using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Replica;
using Baichuan.Cluster.Tests.Telemetry;
using Baichuan.Model.Execution;
using Microsoft.Extensions.Logging.Abstractions;

namespace Baichuan.Cluster.Tests.Replica;

/// <summary>A coordinator over fake grains, on a scheduler that runs one thing at a time, as a grain's does.</summary>
public sealed class CoordinatorTests : IDisposable
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);

    private readonly TaskScheduler _grain = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeGrains _grains = new();
    private readonly Coordinator _coordinator;
    private readonly Task _run;

    public CoordinatorTests()
    {
        var deployment = new DeploymentOptions
        {
            ModelFolder = Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny"),
            Model = "tiny",
            StepTimeout = TimeSpan.FromMilliseconds(200),
        };
        _coordinator = new Coordinator(new ReplicaKey("tiny", 0), "silo", null, deployment, _grains.Factory(), TimeProvider.System, NullLogger.Instance);
        _run = On(() => _coordinator.RunAsync(_stop.Token));
    }

    [Fact]
    public async Task A_request_runs_to_its_length()
    {
        await ReadyAsync();

        var (tokens, end) = await StreamAsync(maxTokens: 5);

        Assert.Equal([7, 7, 7, 7, 7], tokens);
        Assert.Equal(StreamEnd.Length, end);
    }

    [Fact]
    public async Task A_step_follows_on_the_one_before_unless_there_was_nothing_to_run()
    {
        await ReadyAsync();

        await StreamAsync(maxTokens: 3);
        await StreamAsync(maxTokens: 2);

        Assert.Equal([false, true, true, false, true], _grains.Follows);
    }

    [Fact]
    public async Task Steps_that_take_little_are_ordered_several_at_once()
    {
        await ReadyAsync();

        var (tokens, end) = await StreamAsync(maxTokens: 30);

        Assert.Equal((30, StreamEnd.Length), (tokens.Count, end));
        Assert.Equal(30, _grains.Steps.Sum());
        Assert.Equal([1, 1], _grains.Steps[..2]); // nothing was measured yet
        Assert.Contains(4, _grains.Steps);
    }

    [Fact]
    public async Task Every_step_is_measured()
    {
        const string Steps = "baichuan_step_seconds_count{replica=\"0\"}";
        await ReadyAsync();
        var before = await Samples.ReadAsync(Steps);

        await StreamAsync(maxTokens: 3);

        Assert.Equal(3, await Samples.ReadAsync(Steps) - before);
    }

    [Fact]
    public async Task A_request_goes_on_where_it_was_when_an_epoch_fails()
    {
        var steps = 0;
        _grains.Run = batch => ++steps == 3 ? throw new ShardFailureException("gone", null, false) : FakeGrains.Sample(batch);
        await ReadyAsync();

        var (tokens, end) = await StreamAsync(maxTokens: 5);

        Assert.Equal((5, StreamEnd.Length), (tokens.Count, end));
        Assert.Equal(2ul, _coordinator.Status.Epoch);
    }

    [Fact]
    public async Task A_request_that_makes_the_shard_fail_twice_ends_with_an_error_and_the_replica_serves_on()
    {
        _grains.Run = batch => batch.Admissions.Length > 0 && batch.Admissions[0].PromptLength == 3
            ? throw new ShardFailureException("not finite", null, true)
            : FakeGrains.Sample(batch);
        await ReadyAsync();

        Assert.Equal(StreamEnd.Error, (await StreamAsync(maxTokens: 5, promptLength: 3)).End);
        Assert.Equal(StreamEnd.Length, (await StreamAsync(maxTokens: 5, promptLength: 2)).End);
    }

    [Fact]
    public async Task A_coordinator_that_another_has_taken_over_from_steps_down()
    {
        _grains.Run = _ => throw new StaleEpochException("epoch 9 is known here");
        await ReadyAsync();
        await On(() => Task.FromResult(_coordinator.Submit(Request(5, 2, null))));

        await _run.WaitAsync(SafetyNet);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_step_that_does_not_come_back_ends_the_epoch_and_who_is_silent_then_is_done_without(bool answers)
    {
        var steps = 0;
        _grains.Answers = answers;
        _grains.Before = () => ++steps == 3 ? new TaskCompletionSource().Task : Task.CompletedTask;
        await ReadyAsync();

        var (tokens, end) = await StreamAsync(maxTokens: 5);

        Assert.Equal((5, StreamEnd.Length), (tokens.Count, end));
        Assert.Equal(2ul, _coordinator.Status.Epoch);
        Assert.Equal(answers ? [] : ["silo"], _grains.Avoided);
    }

    [Fact]
    public async Task A_deadline_ends_a_request_while_no_epoch_can_open()
    {
        await ReadyAsync();
        _grains.HasSlots = false;
        _grains.Run = _ => throw new ShardFailureException("gone", null, false);

        Assert.Equal(StreamEnd.Deadline, (await StreamAsync(maxTokens: 5, deadline: DateTimeOffset.UtcNow.AddMilliseconds(400))).End);
    }

    [Fact]
    public async Task A_stream_of_another_profile_is_refused()
    {
        await ReadyAsync();

        Assert.Equal(SubmitRefusal.OtherProfile, (await SubmitAsync(Request(5, 2, null) with { Profile = "q" })).Refusal);
        var own = await SubmitAsync(Request(5, 2, null) with { Profile = "p" });
        Assert.Equal((SubmitRefusal.None, "p"), (own.Refusal, own.Profile));
    }

    [Fact]
    public async Task The_next_epoch_keeps_the_profile_that_a_stream_has_begun_on_and_waits_for_it()
    {
        var steps = 0;
        _grains.Run = batch =>
        {
            if (++steps != 3)
                return FakeGrains.Sample(batch);
            _grains.Profile = "q";
            throw new ShardFailureException("gone", null, false);
        };
        await ReadyAsync();
        var stream = StreamAsync(maxTokens: 5);
        await UntilAsync(() => _grains.Needed == "p");
        Assert.Equal(("p", 1ul), (_coordinator.Status.Profile, _coordinator.Status.Epoch));

        _grains.Profile = "p";
        Assert.Equal((5, StreamEnd.Length), ((await stream).Tokens.Count, (await stream).End));
    }

    [Fact]
    public async Task A_replica_that_takes_up_another_profile_knows_none_of_its_streams_any_more_and_serves()
    {
        await ReadyAsync();
        _grains.Profile = "q";
        _grains.Run = _ => throw new ShardFailureException("gone", null, false);
        var stream = StreamAsync(maxTokens: 5); // gets no token
        await UntilAsync(() => _coordinator.Status.Profile == "q");
        Assert.Equal(StreamEnd.Unknown, (await stream).End);

        _grains.Run = FakeGrains.Sample;
        await ReadyAsync();
        Assert.Equal(StreamEnd.Length, (await StreamAsync(maxTokens: 5)).End);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _coordinator.Wake();
        _run.Wait(SafetyNet);
        _stop.Dispose();
    }

    private Task ReadyAsync() => UntilAsync(() => _coordinator.Status.State == ReplicaState.Ready);

    private async Task UntilAsync(Func<bool> isSo)
    {
        using var most = new CancellationTokenSource(SafetyNet);
        while (!await On(() => Task.FromResult(isSo())))
            most.Token.ThrowIfCancellationRequested();
    }

    private Task<SubmitReply> SubmitAsync(SubmitRequest request) => On(() => Task.FromResult(_coordinator.Submit(request)));

    private async Task<(IReadOnlyList<int> Tokens, StreamEnd End)> StreamAsync(int maxTokens, int promptLength = 2, DateTimeOffset? deadline = null)
    {
        var submitted = await SubmitAsync(Request(maxTokens, promptLength, deadline));
        Assert.Equal(SubmitRefusal.None, submitted.Refusal);
        List<int> tokens = [];
        using var most = new CancellationTokenSource(SafetyNet);
        while (!most.IsCancellationRequested)
        {
            StreamCursor[] cursors = [new(submitted.Stream, tokens.Count)];
            var request = new NextRequest { Gateway = "gateway", Cursors = MemoryMarshal.AsBytes<StreamCursor>(cursors).ToArray(), MaxWait = TimeSpan.FromMilliseconds(100) };
            var updates = await On(async () =>
            {
                _coordinator.EndOverdue();
                return await _coordinator.NextAsync(request);
            });
            if (Take(updates, tokens) is { } end)
                return (tokens, end);
        }

        throw new TimeoutException("The stream did not end.");
    }

    private static StreamEnd? Take(StreamUpdates updates, List<int> tokens)
    {
        foreach (ref readonly var update in updates.Updates)
        {
            Assert.Equal(tokens.Count, update.FirstIndex);
            foreach (ref readonly var token in updates.Tokens(update))
                tokens.Add(token.Token);
            if (update.End != StreamEnd.None)
                return update.End;
        }

        return null;
    }

    private static SubmitRequest Request(int maxTokens, int promptLength, DateTimeOffset? deadline) => new()
    {
        RequestId = Guid.NewGuid().ToString("N"),
        Gateway = "gateway",
        Prompt = MemoryMarshal.AsBytes<int>(Enumerable.Range(5, promptLength).ToArray()).ToArray(),
        MaxTokens = maxTokens,
        Sampling = MemoryMarshal.AsBytes<SamplingSettings>([SamplingSettings.Greedy]).ToArray(),
        StopTokens = [],
        Deadline = deadline,
    };

    private Task<T> On<T>(Func<Task<T>> work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, _grain).Unwrap();

    private Task On(Func<Task> work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, _grain).Unwrap();
}
