using Baichuan.Cluster.Hosting;
using Baichuan.Gateway.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Prometheus;

namespace Baichuan.Server.Hosting;

/// <summary>A silo process: Orleans, slots, /metrics, and health for probes.</summary>
internal static class SiloHost
{
    public static WebApplication Create(IReadOnlyDictionary<string, string?> settings)
    {
        var builder = ServerHost.CreateBuilder(settings);
        builder.NameModel();
        builder.AddTracing("baichuan-silo");
        builder.AddBaichuanSilo();
        builder.AddShardExecutor();
        var silo = builder.Configuration.GetSection("Silo").Get<SiloHostOptions>() ?? new SiloHostOptions();
        var address = Address.Parse("Silo:Address", silo.Address);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Both ports are for machines of the operator, a few of them, with requests of some bytes.
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 128;
            kestrel.Limits.MaxRequestBodySize = 64 << 10;
            kestrel.Listen(address, silo.MetricsPort, listen => listen.Protocols = HttpProtocols.Http1);
            if (silo.HealthPort is { } health)
                kestrel.Listen(address, health, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();
        if (silo.ExitWithInput)
            builder.Services.AddHostedService<InputWatch>();
        var app = builder.Build();
        app.UseMetricsPage(Metrics.DefaultRegistry, builder.Configuration["Deployment:Model"] ?? "");
        app.MapGrpcService<SiloHealth>(); // the metrics' port cannot speak its protocol
        return app;
    }
}
