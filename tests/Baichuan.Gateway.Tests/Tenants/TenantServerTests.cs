using Baichuan.Client;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Tenants;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.Gateway.Tests.Hosting;
using Baichuan.V1;
using Grpc.Core;
using Grpc.Health.V1;
using static Baichuan.V1.GenerationEvent;

namespace Baichuan.Gateway.Tests.Tenants;

public sealed class TenantServerTests
{
    private const string WardKey = "ward-key-0123456789";
    private const string LabKey = "lab-key-0123456789";

    private readonly FakeReplica _replica = new();

    [Fact]
    public async Task A_request_reaches_the_replica_as_its_keys_tenant_with_its_class()
    {
        await using var gateway = await StartAsync();
        using var ward = new BaichuanClient(gateway.Address, WardKey);
        var request = Chats.Ask("How much water a day?", 3);
        request.RequestClass = RequestClass.Batch;
        await ward.ChatAsync(request).ToListAsync();
        var submitted = Assert.Single(_replica.Submitted);
        Assert.Equal(("ward", Model.RequestClass.Batch), (submitted.Tenant, submitted.Class));
    }

    [Fact]
    public async Task A_stranger_is_refused_in_every_call_but_may_look_at_health()
    {
        await using var gateway = await StartAsync();
        using var stranger = new BaichuanClient(gateway.Address, "a-key-that-nobody-gave-out");
        foreach (var client in (BaichuanClient[])[gateway.Client, stranger])
        {
            foreach (var call in (Func<Task>[])
            [
                async () => await client.ChatAsync(Chats.Ask("?", 3)).ToListAsync(),
                async () => await client.GenerateAsync(new GenerateRequest { Text = "x" }).ToListAsync(),
                async () => await client.TokenizeAsync("x"),
                async () => await client.ListModelsAsync(),
                async () => await client.GetTopologyAsync(),
            ])
                Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
        }

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(gateway.Client.Channel).CheckAsync(new HealthCheckRequest())).Status);
        Assert.Empty(_replica.Submitted);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("a-key-that", StringComparison.Ordinal) || line.Contains(WardKey, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tenants_do_not_meet_each_others_request_ids_and_one_that_is_full_does_not_stop_another()
    {
        _replica.PauseAt = 0;
        await using var gateway = await StartAsync();
        using var ward = new BaichuanClient(gateway.Address, WardKey);
        using var lab = new BaichuanClient(gateway.Address, LabKey);
        var first = await OpenAsync(lab, "same");
        var second = await OpenAsync(ward, "same");
        Assert.Equal(StatusCode.AlreadyExists, (await Assert.ThrowsAsync<RpcException>(() => OpenAsync(ward, "same", maxTokens: 4))).StatusCode);

        var full = await Assert.ThrowsAsync<RpcException>(() => OpenAsync(lab, "other"));
        Assert.Equal(StatusCode.ResourceExhausted, full.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), BaichuanClient.RetryAfter(full));
        _replica.Change(() => _replica.PauseAt = int.MaxValue);
        await Task.WhenAll(first, second);
        await await OpenAsync(lab, "other");
    }

    [Fact]
    public async Task A_class_beyond_the_key_is_denied_before_anything_is_queued()
    {
        await using var gateway = await StartAsync();
        using var ward = new BaichuanClient(gateway.Address, WardKey);
        var request = Chats.Ask("?", 3);
        request.RequestClass = RequestClass.Emergency;
        var denied = await Assert.ThrowsAsync<RpcException>(async () => await ward.ChatAsync(request).ToListAsync());
        Assert.Equal(StatusCode.PermissionDenied, denied.StatusCode);
        Assert.Empty(_replica.Submitted);
    }

    [Fact]
    public async Task A_full_cluster_says_when_to_try_again_and_the_usage_what_was_cached()
    {
        _replica.Refusal = new SubmitReply { Refusal = SubmitRefusal.QueueFull, Reason = "The queue is full.", RetryAfter = TimeSpan.FromMilliseconds(2500) };
        var sooner = new FakeReplica { Refusal = _replica.Refusal with { RetryAfter = TimeSpan.FromMilliseconds(700) }, Refusals = 1, CachedTokens = 5 };
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica, sooner));
        var full = await Assert.ThrowsAsync<RpcException>(async () => await gateway.Client.ChatAsync(Chats.Ask("?", 3)).ToListAsync());
        Assert.Equal(("The queue is full.", StatusCode.ResourceExhausted), (full.Status.Detail, full.StatusCode));
        Assert.Equal(TimeSpan.FromMilliseconds(700), BaichuanClient.RetryAfter(full));
        Assert.Equal("700", full.Trailers.GetValue("grpc-retry-pushback-ms"));

        var other = Chats.Ask("?", 3);
        other.RequestClass = RequestClass.Batch; // for its own class the refusal stands for a moment
        var events = await gateway.Client.ChatAsync(other).ToListAsync();
        Assert.Equal(5, events[^1].Finished.Usage.CachedTokens);
    }

    private async Task<RunningGateway> StartAsync() => await RunningGateway.StartAsync(new FakeCluster(_replica), options =>
    {
        options.Tenants.Add("ward", new TenantOptions { Keys = { ["0"] = WardKey } });
        options.Tenants.Add("lab", new TenantOptions { Keys = { ["0"] = LabKey }, MaxRequests = 1 });
    });

    /// <summary>Sends a request, and returns the rest of its stream once it was accepted.</summary>
    private static async Task<Task> OpenAsync(BaichuanClient client, string id, int maxTokens = 3)
    {
        var request = Chats.Ask("?", maxTokens);
        request.RequestId = id;
        var events = client.ChatAsync(request).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(EventOneofCase.Started, events.Current.EventCase);
        return Task.Run(async () =>
        {
            while (await events.MoveNextAsync())
            {
            }

            await events.DisposeAsync();
        });
    }
}
