using System.ComponentModel.DataAnnotations;
using Baichuan.Client;
using Baichuan.Gateway.Hosting;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Tests.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.Tests.Hosting;

/// <summary>A gateway with its real server on free loopback ports, in front of a fake cluster.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    // .NET's range of time spans is not safe in its first use by several threads, and tests start gateways side by side. A process has one.
    static RunningGateway()
    {
        var options = new GatewayOptions();
        Validator.TryValidateObject(options, new ValidationContext(options), [], validateAllProperties: true);
    }

    private RunningGateway(WebApplication app, RecordedLog log)
    {
        (_app, Log) = (app, log);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        (Address, MetricsAddress) = (new Uri(addresses[0]), new Uri(addresses[1]));
        HttpAddress = addresses.Length > 2 ? new Uri(addresses[2]) : null;
        Client = new BaichuanClient(Address);
    }

    public Uri Address { get; }

    public Uri MetricsAddress { get; }

    /// <summary>Of the port that is open where a test asks for it.</summary>
    public Uri? HttpAddress { get; }

    public BaichuanClient Client { get; }

    public RecordedLog Log { get; }

    public static async Task<RunningGateway> StartAsync(FakeCluster cluster, Action<GatewayOptions>? configure = null)
    {
        var log = new RecordedLog();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton<IClusterGrains>(cluster);
        builder.AddBaichuanGateway(options =>
        {
            var defaults = TestModel.Options();
            (options.Model, options.ModelFolder, options.GrpcPort, options.MetricsPort) = (defaults.Model, defaults.ModelFolder, 0, 0);
            (options.RetryDelay, options.TopologyInterval) = (defaults.RetryDelay, defaults.TopologyInterval);
            configure?.Invoke(options);
        });
        var app = builder.Build();
        app.MapBaichuanGateway();
        await app.StartAsync();
        await app.Services.GetRequiredService<TopologyWatch>().Looked;
        return new RunningGateway(app, log);
    }

    /// <summary>Asks the gateway something between looks, so as not to spin.</summary>
    public async Task WaitUntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
            await Client.GetModelAsync(cancellationToken: limit.Token);
    }

    public Task StopAsync() => _app.StopAsync();

    /// <summary>Breaks its connections in the middle of whatever goes on.</summary>
    public Task BreakAsync() => _app.StopAsync(new CancellationToken(canceled: true));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
