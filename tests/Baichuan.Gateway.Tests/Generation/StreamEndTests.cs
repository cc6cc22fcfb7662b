using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using static Baichuan.V1.GenerationEvent;
using ReplicaState = Baichuan.Cluster.Abstractions.Topology.ReplicaState;

namespace Baichuan.Gateway.Tests.Generation;

public sealed class StreamEndTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly FakeReplica _replica = new();
    private readonly RecordedEvents _events = new();

    [Fact]
    public async Task A_stream_is_started_then_tokens_then_finished()
    {
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica));
        await gateway.GenerateAsync(Request(5, seed: 9), _events).WaitAsync(_patience);

        _events.AssertWhole(3);
        Assert.Equal(new GenerationStarted { RequestId = "r", Model = "demo", ProfileId = "profile-1", Seed = 9, PromptTokens = 3 }, _events.All[0].Started);
        Assert.Equal((FinishReason.Length, 5, "profile-1"), (_events.Finished.Reason, _events.Finished.Usage.CompletionTokens, _events.Finished.ProfileId));
        Assert.Empty(_replica.Cancelled);
    }

    [Fact]
    public async Task A_cancelled_client_cancels_its_sequence()
    {
        _replica.PauseAt = 20;
        using var client = new CancellationTokenSource();
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica));
        var run = gateway.GenerateAsync(Request(2000), _events, new TestCall(cancellationToken: client.Token));
        await _events.WaitForAsync(EventOneofCase.Tokens);
        await client.CancelAsync();
        await run.WaitAsync(_patience);

        Assert.DoesNotContain(_events.All, e => e.Finished is not null);
        await WaitUntilAsync(gateway, () => _replica.Live == 0);
    }

    [Fact]
    public async Task A_stop_string_cancels_the_rest_at_the_replica()
    {
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica));
        var request = Request(2000);
        request.Sampling.Stop.Add("e");
        await gateway.GenerateAsync(request, _events).WaitAsync(_patience);
        Assert.Equal(FinishReason.Stop, _events.Finished.Reason);
        Assert.DoesNotContain("e", _events.Text, StringComparison.Ordinal);
        await WaitUntilAsync(gateway, () => _replica.Live == 0);
    }

    [Fact]
    public async Task A_deadline_ends_the_stream_with_its_last_event()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica), time: time);
        _replica.PauseAt = 0;
        var run = gateway.GenerateAsync(Request(5), _events, new TestCall(time.GetUtcNow().UtcDateTime.AddSeconds(10)));
        await _events.WaitForAsync(EventOneofCase.Started);
        Assert.Equal(time.GetUtcNow().AddSeconds(10) - TestModel.Options().DeadlineMargin, _replica.Submitted[0].Deadline);
        time.Advance(TimeSpan.FromSeconds(10));
        await run.WaitAsync(_patience);

        _events.AssertWhole(3);
        Assert.Equal((FinishReason.Deadline, 0), (_events.Finished.Reason, _events.Finished.Usage.CompletionTokens));
        await WaitUntilAsync(gateway, () => _replica.Live == 0);
    }

    [Fact]
    public async Task A_stopping_gateway_refuses_new_requests_and_finishes_the_running_ones()
    {
        var time = new FakeTimeProvider();
        _replica.PauseAt = 0;
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica), time: time);
        var run = gateway.GenerateAsync(Request(5), _events);
        await _events.WaitForAsync(EventOneofCase.Started);
        gateway.Stop();
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => gateway.GenerateAsync(Request(5, id: "late"), new RecordedEvents()));
        Assert.Equal(StatusCode.Unavailable, refusal.Code);

        _replica.Change(() => _replica.PauseAt = int.MaxValue);
        await run.WaitAsync(_patience);
        Assert.Equal(FinishReason.Length, _events.Finished.Reason);
    }

    [Fact]
    public async Task A_stream_that_outlives_the_drain_time_is_told_so()
    {
        var time = new FakeTimeProvider();
        _replica.PauseAt = 0;
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica), time: time);
        var run = gateway.GenerateAsync(Request(5), _events);
        await _events.WaitForAsync(EventOneofCase.Started);
        gateway.Stop();
        time.Advance(TestModel.Options().DrainTimeout);
        await run.WaitAsync(_patience);

        _events.AssertWhole(3);
        Assert.Equal((int)StatusCode.Unavailable, _events.Finished.Error.Code);
    }

    [Fact]
    public async Task A_request_that_a_replica_gives_up_ends_with_an_error()
    {
        _replica.PauseAt = 0;
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica));
        var run = gateway.GenerateAsync(Request(5), _events);
        await _events.WaitForAsync(EventOneofCase.Started);
        _replica.EndAll(StreamEnd.Error);
        await run.WaitAsync(_patience);
        Assert.Equal((FinishReason.Error, (int)StatusCode.Internal), (_events.Finished.Reason, _events.Finished.Error.Code));
    }

    [Fact]
    public async Task A_stream_waits_for_a_replica_and_goes_on_where_it_was()
    {
        _replica.PauseAt = 20;
        var cluster = new FakeCluster(_replica);
        await using var gateway = await GatewayCore.StartAsync(cluster);
        var run = gateway.GenerateAsync(Request(400), _events);
        await _events.WaitForAsync(EventOneofCase.Tokens);
        cluster.SetStates(ReplicaState.Waiting);
        await gateway.LookAsync();
        _replica.ForgetAll();
        await gateway.LookAsync();
        Assert.False(run.IsCompleted);
        _replica.Change(() => _replica.PauseAt = int.MaxValue);
        cluster.SetStates(ReplicaState.Ready);
        await run.WaitAsync(_patience);

        var undisturbed = new RecordedEvents();
        await gateway.GenerateAsync(Request(400), undisturbed).WaitAsync(_patience);
        Assert.Equal(undisturbed.TokenIds, _events.TokenIds);
        Assert.Equal(undisturbed.Text, _events.Text);
    }

    [Fact]
    public async Task A_stream_that_finds_no_replica_for_long_ends_with_an_error_that_invites_to_try_again()
    {
        var options = TestModel.Options();
        options.StallTimeout = TimeSpan.FromMilliseconds(20);
        _replica.PauseAt = 20;
        var cluster = new FakeCluster(_replica);
        await using var gateway = await GatewayCore.StartAsync(cluster, options);
        var run = gateway.GenerateAsync(Request(2000), _events);
        await _events.WaitForAsync(EventOneofCase.Tokens);
        cluster.SetStates(ReplicaState.Waiting);
        await gateway.LookAsync();
        _replica.Refusal = new SubmitReply { Refusal = SubmitRefusal.NotReady };
        _replica.ForgetAll();
        await run.WaitAsync(_patience);

        _events.AssertWhole(3);
        Assert.Equal((int)StatusCode.Unavailable, _events.Finished.Error.Code);
    }

    private static GenerateRequest Request(int maxTokens, string id = "r", ulong seed = 1) => new()
    {
        RequestId = id,
        TokenIds = new TokenIds { Ids = { 300, 301, 302 } },
        Sampling = new SamplingOptions { MaxTokens = maxTokens, Seed = seed },
    };

    /// <summary>Looks again with each look at the topology.</summary>
    private static async Task WaitUntilAsync(GatewayCore gateway, Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(_patience);
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await gateway.LookAsync();
        }
    }
}
