using Baichuan.Gateway.Generation;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Telemetry;
using Baichuan.Gateway.Tenants;
using Baichuan.V1;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace Baichuan.Gateway.Tests.Fakes;

/// <summary>A gateway without its server: the path of a request from the parsed message to the events.</summary>
internal sealed class GatewayCore : IAsyncDisposable
{
    private readonly TopologyWatch _topology;
    private readonly ReplicaPumps _pumps;
    private readonly GatewayLifetime _lifetime;
    private readonly GenerationHandler _handler;
    private readonly StoppableHost _host = new();

    private GatewayCore(FakeCluster cluster, GatewayOptions options, TimeProvider time)
    {
        var metrics = new GatewayMetrics(Metrics.NewCustomRegistry());
        _topology = new TopologyWatch(cluster, options, metrics, TimeProvider.System, NullLogger<TopologyWatch>.Instance);
        _pumps = new ReplicaPumps(cluster, options, metrics, TimeProvider.System, NullLogger<ReplicaPump>.Instance);
        _lifetime = new GatewayLifetime(_host, options, time);
        var placer = new ReplicaPlacer(_topology, _pumps, options, metrics, TimeProvider.System);
        _handler = new GenerationHandler(
            TestModel.Served, _topology, new RunningRequests(), new TenantRequests(), placer, _lifetime, options,
            new StreamMeters(TestModel.Served, metrics, new AuditLog(NullLoggerFactory.Instance), time), time, NullLogger<GenerationHandler>.Instance);
        Parser = new RequestParser(TestModel.Served, options);
    }

    public RequestParser Parser { get; }

    /// <param name="time">Clock of the handler; the calls to the cluster keep to the real one.</param>
    public static async Task<GatewayCore> StartAsync(FakeCluster cluster, GatewayOptions? options = null, TimeProvider? time = null)
    {
        var core = new GatewayCore(cluster, options ?? TestModel.Options(), time ?? TimeProvider.System);
        var looked = core._topology.Looked;
        await core._topology.StartAsync(default);
        await looked;
        return core;
    }

    public Task GenerateAsync(GenerateRequest request, RecordedEvents events, ServerCallContext? call = null, Tenant? tenant = null) =>
        _handler.HandleAsync(
            "Generate", tenant ?? Tenant.Default, context => Parser.Parse(request, tenant ?? Tenant.Default, context), events, call ?? new TestCall());

    public Task ResumeAsync(ResumeRequest request, RecordedEvents events) =>
        _handler.HandleAsync("Resume", Tenant.Default, context => Parser.Parse(request, Tenant.Default, context), events, new TestCall());

    /// <summary>A request's whole stream, through a gateway of its own.</summary>
    public static async Task<RecordedEvents> RunAsync(GenerateRequest request, GatewayOptions? options, params FakeReplica[] replicas)
    {
        await using var gateway = await StartAsync(new FakeCluster(replicas), options);
        var events = new RecordedEvents();
        await gateway.GenerateAsync(request, events).WaitAsync(TimeSpan.FromSeconds(50));
        return events;
    }

    /// <summary>The rest of a stream, through a gateway that has never seen it.</summary>
    public static async Task<RecordedEvents> ResumeAsync(ResumeRequest request)
    {
        await using var gateway = await StartAsync(new FakeCluster(new FakeReplica()));
        var events = new RecordedEvents();
        await gateway.ResumeAsync(request, events).WaitAsync(TimeSpan.FromSeconds(50));
        return events;
    }

    /// <summary>Waits until the gateway has seen what the cluster says now.</summary>
    public async Task LookAsync()
    {
        await _topology.Looked;
        await _topology.Looked;
    }

    public void Stop() => _host.StopApplication();

    public async ValueTask DisposeAsync()
    {
        await _topology.StopAsync(default);
        await _pumps.DisposeAsync();
        _topology.Dispose();
        _lifetime.Dispose();
        _host.Dispose();
    }

    private sealed class StoppableHost : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
