using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Generation;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tenants;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using static Baichuan.V1.GenerationEvent;
using ReplicaState = Baichuan.Cluster.Abstractions.Topology.ReplicaState;

namespace Baichuan.Gateway.Tests.Generation;

public sealed class AdmissionTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private static readonly SubmitReply _notFormed = new() { Refusal = SubmitRefusal.NotReady, Reason = "Replica 0 has not formed yet." };

    private readonly FakeReplica _replica = new();
    private readonly RecordedEvents _events = new();

    [Fact]
    public async Task A_full_queue_refuses_before_any_event()
    {
        _replica.Refusal = new SubmitReply { Refusal = SubmitRefusal.QueueFull, Reason = "The queue holds 8 of 8." };
        await AssertRefusedAsync(new FakeCluster(_replica), StatusCode.ResourceExhausted, "8 of 8");
    }

    [Fact]
    public async Task For_a_tenth_of_a_second_a_refusal_of_a_full_queue_speaks_for_requests_like_it_and_longer_ones()
    {
        _replica.Refusal = new SubmitReply { Refusal = SubmitRefusal.QueueFull, Reason = "The queue holds 8 of 8.", RetryAfter = TimeSpan.FromSeconds(3) };
        var time = new FakeTimeProvider();
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica), time: time);
        async Task AssertRefusedAsync(int asked, int more = 0, Baichuan.V1.RequestClass @class = Baichuan.V1.RequestClass.Interactive, Tenant? tenant = null)
        {
            var request = Request(5);
            request.RequestClass = @class;
            request.TokenIds.Ids.Add(Enumerable.Repeat(300, more));
            var refusal = await Assert.ThrowsAsync<RefusedException>(() => gateway.GenerateAsync(request, _events, tenant: tenant).WaitAsync(_patience));
            Assert.Equal((StatusCode.ResourceExhausted, TimeSpan.FromSeconds(3), asked), (refusal.Code, refusal.RetryAfter, _replica.Submitted.Count));
        }

        await AssertRefusedAsync(asked: 1, more: 1);
        await AssertRefusedAsync(asked: 1, more: 1);
        await AssertRefusedAsync(asked: 1, more: 2);
        await AssertRefusedAsync(asked: 2);
        await AssertRefusedAsync(asked: 3, @class: Baichuan.V1.RequestClass.Emergency);
        await AssertRefusedAsync(asked: 4, tenant: new Tenant("another", new TenantOptions()));
        await AssertRefusedAsync(asked: 4);

        time.Advance(RecentRefusals.Validity);
        _replica.Refusal = null;
        await gateway.GenerateAsync(Request(5), _events).WaitAsync(_patience);
        Assert.Equal(FinishReason.Length, _events.Finished.Reason);
    }

    [Fact]
    public async Task A_request_that_can_never_run_is_invalid()
    {
        _replica.Refusal = new SubmitReply { Refusal = SubmitRefusal.Impossible, Reason = "It needs 9 blocks of 8." };
        await AssertRefusedAsync(new FakeCluster(_replica), StatusCode.InvalidArgument, "9 blocks of 8");
    }

    [Fact]
    public async Task Without_a_ready_replica_the_model_is_unavailable()
    {
        var cluster = new FakeCluster(_replica);
        cluster.SetStates(ReplicaState.Forming);
        await AssertRefusedAsync(cluster, StatusCode.Unavailable, "No replica");
    }

    [Fact]
    public async Task Another_replica_takes_what_a_full_one_refuses()
    {
        _replica.Refusal = new SubmitReply { Refusal = SubmitRefusal.QueueFull, Reason = "Full." };
        var other = new FakeReplica();
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica, other));
        await gateway.GenerateAsync(Request(5), _events).WaitAsync(_patience);
        Assert.Equal(FinishReason.Length, _events.Finished.Reason);
        Assert.Single(other.Submitted);
    }

    [Fact]
    public async Task Another_replica_takes_what_one_that_has_not_formed_refuses()
    {
        _replica.Refusal = _notFormed;
        var other = new FakeReplica();
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica, other));
        await gateway.GenerateAsync(Request(5), _events).WaitAsync(_patience);
        Assert.Equal(FinishReason.Length, _events.Finished.Reason);
        Assert.Single(other.Submitted);
    }

    [Fact]
    public async Task A_replica_that_has_not_formed_is_asked_again()
    {
        (_replica.Refusal, _replica.Refusals) = (_notFormed, 3);
        var options = TestModel.Options();
        options.AdmissionTimeout = _patience;
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica), options);
        await gateway.GenerateAsync(Request(5), _events).WaitAsync(_patience);
        Assert.Equal((FinishReason.Length, 4), (_events.Finished.Reason, _replica.Submitted.Count));
    }

    [Fact]
    public async Task Replicas_that_never_form_are_unavailable_not_full()
    {
        _replica.Refusal = _notFormed;
        var full = new FakeReplica { Refusal = new SubmitReply { Refusal = SubmitRefusal.QueueFull, Reason = "Full." } };
        var options = TestModel.Options();
        options.AdmissionTimeout = TimeSpan.FromMilliseconds(20);
        await AssertRefusedAsync(new FakeCluster(_replica, full), StatusCode.Unavailable, "within 0.02 s", options);
    }

    [Fact]
    public async Task Requests_spread_over_the_replicas()
    {
        var other = new FakeReplica { PauseAt = 0 };
        _replica.PauseAt = 0;
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica, other));
        var runs = Enumerable.Range(0, 8).Select(async i =>
        {
            var events = new RecordedEvents();
            var run = gateway.GenerateAsync(Request(2, id: $"r{i}"), events);
            await events.WaitForAsync(EventOneofCase.Started);
            return run;
        }).ToArray();
        foreach (var run in runs)
            await run.WaitAsync(_patience);
        Assert.Equal((4, 4), (_replica.Submitted.Count, other.Submitted.Count));
        _replica.Change(() => _replica.PauseAt = int.MaxValue);
        other.Change(() => other.PauseAt = int.MaxValue);
        foreach (var run in runs)
            await (await run).WaitAsync(_patience);
    }

    [Fact]
    public async Task A_request_that_is_running_keeps_its_id_but_for_the_same_content()
    {
        _replica.PauseAt = 0;
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_replica));
        var run = gateway.GenerateAsync(Request(1), _events);
        await _events.WaitForAsync(EventOneofCase.Started);
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => gateway.GenerateAsync(Request(2), new RecordedEvents()));
        Assert.Equal(StatusCode.AlreadyExists, refusal.Code);
        var again = new RecordedEvents();
        var second = gateway.GenerateAsync(Request(1), again);
        await again.WaitForAsync(EventOneofCase.Started);

        _replica.Change(() => _replica.PauseAt = int.MaxValue);
        await run.WaitAsync(_patience);
        await second.WaitAsync(_patience);
        Assert.Equal(_events.TokenIds, again.TokenIds);
        await gateway.GenerateAsync(Request(2), new RecordedEvents()).WaitAsync(_patience);
    }

    private static GenerateRequest Request(int maxTokens, string id = "r", ulong seed = 1) => new()
    {
        RequestId = id,
        TokenIds = new TokenIds { Ids = { 300, 301, 302 } },
        Sampling = new SamplingOptions { MaxTokens = maxTokens, Seed = seed },
    };

    private async Task AssertRefusedAsync(FakeCluster cluster, StatusCode code, string named, GatewayOptions? options = null)
    {
        await using var gateway = await GatewayCore.StartAsync(cluster, options);
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => gateway.GenerateAsync(Request(5), _events).WaitAsync(_patience));
        Assert.Equal(code, refusal.Code);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_events.All);
    }
}
