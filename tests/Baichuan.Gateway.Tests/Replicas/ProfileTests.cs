using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;
using Grpc.Core;
using static Baichuan.V1.GenerationEvent;
using ReplicaState = Baichuan.Cluster.Abstractions.Topology.ReplicaState;

namespace Baichuan.Gateway.Tests.Replicas;

/// <summary>Replicas of two profiles beside each other, as there are while silos are upgraded.</summary>
public sealed class ProfileTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly FakeReplica _old = new() { PauseAt = 5 };
    private readonly FakeReplica _new = new() { Profile = "profile-2", Model = (_, _, index) => 2000 + index };
    private readonly RecordedEvents _events = new();

    [Fact]
    public async Task A_stream_names_the_profile_of_the_replica_that_took_it()
    {
        var cluster = new FakeCluster(_old, _new);
        cluster.SetStates(ReplicaState.Waiting, ReplicaState.Ready);
        await using var gateway = await GatewayCore.StartAsync(cluster);

        await gateway.GenerateAsync(Request(3), _events).WaitAsync(_patience);

        Assert.Equal(("profile-2", "profile-2"), (_events.All[0].Started.ProfileId, _events.Finished.ProfileId));
        Assert.Equal([2000, 2001, 2002], _events.TokenIds);
    }

    [Fact]
    public async Task A_stream_that_has_begun_goes_on_at_a_replica_of_its_profile_alone()
    {
        var other = new FakeReplica();
        var cluster = new FakeCluster(_old, _new, other);
        cluster.SetStates(ReplicaState.Ready, ReplicaState.Waiting, ReplicaState.Waiting);
        await using var gateway = await GatewayCore.StartAsync(cluster);
        var run = await BeginAsync(gateway, 20);
        await LoseOldAsync(gateway, cluster, ReplicaState.Waiting, ReplicaState.Ready, ReplicaState.Ready);
        await run.WaitAsync(_patience);

        _events.AssertWhole(3);
        Assert.Equal(20, _events.TokenIds.Length);
        Assert.All(_events.TokenIds, token => Assert.True(token < 2000));
        Assert.Empty(_new.Submitted);
        Assert.Equal(("profile-1", 5 * sizeof(int)), (other.Submitted[^1].Profile, other.Submitted[^1].Generated.Length));
    }

    [Fact]
    public async Task It_waits_while_a_replica_of_its_profile_waits_for_slots()
    {
        var cluster = new FakeCluster(_old, _new);
        cluster.SetStates(ReplicaState.Ready, ReplicaState.Waiting);
        await using var gateway = await GatewayCore.StartAsync(cluster, Impatient());
        var run = await BeginAsync(gateway, 20);
        _old.Refusal = new SubmitReply { Refusal = SubmitRefusal.NotReady, Reason = "It has no slots." };
        await LoseOldAsync(gateway, cluster, ReplicaState.Waiting, ReplicaState.Ready);
        for (var looks = 0; looks < 10; looks++)
            await gateway.LookAsync();
        Assert.False(run.IsCompleted);

        _old.Change(() => (_old.Refusal, _old.PauseAt) = (null, int.MaxValue));
        await run.WaitAsync(_patience);

        _events.AssertWhole(3);
        Assert.Equal((FinishReason.Length, "profile-1"), (_events.Finished.Reason, _events.Finished.ProfileId));
        Assert.Empty(_new.Submitted);
    }

    [Fact]
    public async Task Where_none_is_of_its_profile_any_more_it_ends_and_says_that_it_is_to_be_sent_again()
    {
        var cluster = new FakeCluster(_old, _new);
        cluster.SetStates(ReplicaState.Ready, ReplicaState.Ready);
        await using var gateway = await GatewayCore.StartAsync(cluster, Impatient());
        var run = await BeginAsync(gateway, 20);
        _old.Profile = "profile-2";
        await LoseOldAsync(gateway, cluster, ReplicaState.Ready, ReplicaState.Ready);
        await run.WaitAsync(_patience);

        _events.AssertWhole(3);
        Assert.Equal((FinishReason.Error, (int)StatusCode.Aborted, 5), (_events.Finished.Reason, _events.Finished.Error.Code, _events.TokenIds.Length));
        Assert.Contains("profile-1", _events.Finished.Error.Message, StringComparison.Ordinal);
        Assert.Contains("send the request again", _events.Finished.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_without_a_token_moves_and_its_tokens_say_to_which_profile()
    {
        _old.PauseAt = 0;
        var cluster = new FakeCluster(_old, _new);
        cluster.SetStates(ReplicaState.Ready, ReplicaState.Waiting);
        await using var gateway = await GatewayCore.StartAsync(cluster);
        var run = gateway.GenerateAsync(Request(3), _events);
        await _events.WaitForAsync(EventOneofCase.Started);
        await LoseOldAsync(gateway, cluster, ReplicaState.Waiting, ReplicaState.Ready);
        await run.WaitAsync(_patience);

        _events.AssertWhole(3);
        Assert.Equal("profile-1", _events.All[0].Started.ProfileId);
        Assert.Equal([2000, 2001, 2002], _events.TokenIds);
        Assert.All(_events.All.Where(e => e.Tokens is not null), e => Assert.Equal("profile-2", e.Tokens.ProfileId));
    }

    [Fact]
    public async Task All_completions_of_a_request_are_of_one_profile()
    {
        _old.PauseAt = int.MaxValue;
        var options = TestModel.Options();
        options.Routing = GatewayOptions.RoundRobin;
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_new, _old), options);
        var request = Request(3);
        request.Sampling.N = 4;
        await gateway.GenerateAsync(request, _events).WaitAsync(_patience);

        Assert.Equal((FinishReason.Length, "profile-2"), (_events.Finished.Reason, _events.Finished.ProfileId));
        Assert.Equal((4, 0), (_new.Submitted.Count, _old.Submitted.Count));
    }

    [Fact]
    public async Task A_client_resumes_on_the_profile_of_its_tokens_or_is_told_to_begin_anew()
    {
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(_new), Impatient());
        ResumeRequest Resume(string profile) => new() { Generate = Request(5), NextToken = 2, ReceivedTokenIds = { 2000, 2001 }, ProfileId = profile };

        await gateway.ResumeAsync(Resume("profile-2"), _events).WaitAsync(_patience);
        Assert.Equal([2002, 2003, 2004], _events.TokenIds);

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => gateway.ResumeAsync(Resume("profile-1"), new RecordedEvents()));
        Assert.Equal(StatusCode.Aborted, refusal.Code);
    }

    /// <summary>A stream with five tokens at the old replica.</summary>
    private async Task<Task> BeginAsync(GatewayCore gateway, int maxTokens)
    {
        var run = gateway.GenerateAsync(Request(maxTokens), _events);
        while (_events.TokenIds.Length < 5)
            await _events.WaitForAsync(EventOneofCase.Tokens);
        return run;
    }

    private async Task LoseOldAsync(GatewayCore gateway, FakeCluster cluster, params ReplicaState[] states)
    {
        cluster.SetStates(states);
        await gateway.LookAsync();
        _old.ForgetAll();
    }

    private static GatewayOptions Impatient()
    {
        var options = TestModel.Options();
        options.ProfileTimeout = TimeSpan.FromMilliseconds(20);
        return options;
    }

    private static GenerateRequest Request(int maxTokens) => new()
    {
        RequestId = "r",
        TokenIds = new TokenIds { Ids = { 300, 301, 302 } },
        Sampling = new SamplingOptions { MaxTokens = maxTokens, Seed = 1, IgnoreEos = true },
    };
}
