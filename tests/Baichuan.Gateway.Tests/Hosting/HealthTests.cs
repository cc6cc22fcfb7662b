using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Gateway.Tests.Fakes;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Baichuan.Gateway.Tests.Hosting;

public sealed class HealthTests
{
    private readonly FakeCluster _cluster = new(new FakeReplica());

    [Fact]
    public async Task Health_follows_the_replicas_and_the_watch_tells_every_change()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var health = new Health.HealthClient(gateway.Client.Channel);
        using var watch = health.Watch(new HealthCheckRequest { Service = "baichuan.v1.Inference" });
        Assert.Equal(ServingStatus.Serving, await NextAsync(watch));
        _cluster.SetStates(ReplicaState.Forming);
        Assert.Equal(ServingStatus.NotServing, await NextAsync(watch));
        Assert.Equal(ServingStatus.NotServing, (await health.CheckAsync(new HealthCheckRequest())).Status);
        _cluster.SetStates(ReplicaState.Ready);
        Assert.Equal(ServingStatus.Serving, await NextAsync(watch));

        var stopped = gateway.StopAsync();
        Assert.Equal(ServingStatus.NotServing, await NextAsync(watch));
        Assert.False(await watch.ResponseStream.MoveNext());
        await stopped.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Health_of_a_service_that_is_not_there_is_not_found()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var health = new Health.HealthClient(gateway.Client.Channel);
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await health.CheckAsync(new HealthCheckRequest { Service = "other" }));
        Assert.Equal(StatusCode.NotFound, refusal.StatusCode);
        using var watch = health.Watch(new HealthCheckRequest { Service = "other" });
        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync(watch));
    }

    [Fact]
    public async Task Reflection_lists_the_services()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        using var call = new ServerReflection.ServerReflectionClient(gateway.Client.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "*" });
        Assert.True(await call.ResponseStream.MoveNext());
        var services = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name);
        Assert.Superset(new HashSet<string> { "baichuan.v1.Inference", "baichuan.v1.Cluster", "grpc.health.v1.Health" }, services.ToHashSet());
        await call.RequestStream.CompleteAsync();
    }

    private static async Task<ServingStatus> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> watch)
    {
        Assert.True(await watch.ResponseStream.MoveNext());
        return watch.ResponseStream.Current.Status;
    }
}
