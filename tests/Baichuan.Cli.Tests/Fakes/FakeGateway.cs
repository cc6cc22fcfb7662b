using System.Net;
using Baichuan.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Baichuan.Cli.Tests.Fakes;

/// <summary>A gateway in this process, on a free loopback port, whose answers the test writes.</summary>
internal sealed class FakeGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeGateway(WebApplication app) => _app = app;

    public FakeInference Inference => _app.Services.GetRequiredService<FakeInference>();

    public FakeSessions Sessions => _app.Services.GetRequiredService<FakeSessions>();

    /// <summary>Serves nothing until the test says so.</summary>
    public HealthServiceImpl Health => _app.Services.GetRequiredService<HealthServiceImpl>();

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <param name="topology">What the cluster looks like; null: <see cref="Topologies.TwoByTwo"/>.</param>
    public static async Task<FakeGateway> StartAsync(GetTopologyResponse? topology = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(topology ?? Topologies.TwoByTwo());
        builder.Services.AddSingleton<FakeInference>();
        builder.Services.AddSingleton<FakeSessions>();
        builder.Services.AddSingleton<HealthServiceImpl>();
        var app = builder.Build();
        app.MapGrpcService<FakeInference>();
        app.MapGrpcService<FakeSessions>();
        app.MapGrpcService<FakeCluster>();
        app.MapGrpcService<HealthServiceImpl>();
        await app.StartAsync();
        return new FakeGateway(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
