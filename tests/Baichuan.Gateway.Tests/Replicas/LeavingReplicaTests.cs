using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.Gateway.Tests.Hosting;
using Baichuan.V1;
using ReplicaState = Baichuan.Cluster.Abstractions.Topology.ReplicaState;

namespace Baichuan.Gateway.Tests.Replicas;

/// <summary>A replica whose pods the scaler takes.</summary>
public sealed class LeavingReplicaTests
{
    [Fact]
    public async Task One_on_a_silo_that_offers_nothing_any_more_gets_no_requests_and_the_gateway_stays_ready()
    {
        var topology = await new FakeCluster(new FakeReplica(), new FakeReplica()).GetTopology();
        ReplicaStatus stays = topology.Replicas[0], leaves = topology.Replicas[1] with { Shards = [topology.Replicas[1].Shards[0] with { Silo = "silo-2" }] };

        Assert.Equal([0], TopologySnapshot.Of(topology with { Replicas = [stays, leaves] }).Ready.Select(replica => replica.Index));
        Assert.True(TopologySnapshot.Of(topology with { Replicas = [leaves] }) is { Ready.Count: 0, IsReady: true });
    }

    [Fact]
    public async Task A_request_waits_for_as_long_as_the_only_replica_is_about_to_leave_and_runs_at_the_next()
    {
        FakeReplica old = new() { PauseAt = 5 }, next = new() { Profile = "profile-2" };
        var cluster = new FakeCluster(old, next) { LeavingFrom = 0 };
        cluster.SetStates(ReplicaState.Ready, ReplicaState.Waiting);
        var options = TestModel.Options();
        options.AdmissionTimeout = TimeSpan.FromMilliseconds(1);
        await using var gateway = await GatewayCore.StartAsync(cluster, options);
        var events = new RecordedEvents();
        var run = gateway.GenerateAsync(new GenerateRequest { RequestId = "r", Text = "a", Sampling = new SamplingOptions { MaxTokens = 5 } }, events);
        for (var looks = 0; looks < 5; looks++)
            await gateway.LookAsync();
        Assert.False(run.IsCompleted);

        cluster.LeavingFrom = int.MaxValue;
        cluster.SetStates(ReplicaState.Waiting, ReplicaState.Ready);
        await run.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((FinishReason.Length, "profile-2"), (events.Finished.Reason, events.Finished.ProfileId));
        Assert.Empty(old.Submitted);
    }

    [Fact]
    public async Task A_stream_on_a_replica_that_has_no_slots_any_more_goes_on_at_another_at_the_next_token()
    {
        FakeReplica other = new(), gone = new() { PauseAt = 5 };
        var cluster = new FakeCluster(other, gone);
        cluster.SetStates(ReplicaState.Forming, ReplicaState.Ready);
        await using var gateway = await RunningGateway.StartAsync(cluster);
        var events = new List<GenerationEvent>();
        await foreach (var happened in gateway.Client.ChatAsync(Chats.Ask("How much water a day?", 20)))
        {
            events.Add(happened);
            if (happened.Tokens?.SequenceNumber == 0)
                cluster.SetStates(ReplicaState.Ready, ReplicaState.Waiting);
        }

        Assert.Equal((FinishReason.Length, 20), (events[^1].Finished.Reason, events.Where(e => e.Tokens is not null).Sum(e => e.Tokens.TokenIds.Count)));
        Assert.Single(gone.Submitted);
        Assert.Equal(5 * sizeof(int), Assert.Single(other.Submitted).Generated.Length);
        await gateway.WaitUntilAsync(() => gone.Cancelled.Count == 1);
    }
}
