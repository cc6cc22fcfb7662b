using Baichuan.Gateway.Generation;
using Baichuan.Gateway.OpenAi;
using Baichuan.Gateway.OperatorConsole;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Services;
using Baichuan.Gateway.Sessions;
using Baichuan.Gateway.Telemetry;
using Baichuan.Gateway.Tenants;
using Grpc.AspNetCore.Server;
using Grpc.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Prometheus;

namespace Baichuan.Gateway.Hosting;

/// <summary>Puts a gateway into a web application. The application has an Orleans client or a silo of its own: either brings the grain factory.</summary>
public static class GatewayHosting
{
    /// <summary>
    /// Adds the gateway's services and listeners. Options come from section "Gateway" of the configuration, then from <paramref name="configure"/>; what is
    /// wrong with them, or with the model's files, fails the start with a sentence. Metrics go to the container's <see cref="CollectorRegistry"/>, if
    /// the application has put one there, so that a silo in the same process can share /metrics.
    /// </summary>
    public static WebApplicationBuilder AddBaichuanGateway(this WebApplicationBuilder builder, Action<GatewayOptions>? configure = null)
    {
        var services = builder.Services;
        services.AddOptions<GatewayOptions>()
            .BindConfiguration(GatewayOptions.Section)
            .Configure(configure ?? (_ => { }))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<GatewayOptions>>().Value);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => Metrics.NewCustomRegistry());
        services.AddSingleton<RecentTraffic>();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<GatewayLifetime>();
        services.AddSingleton(provider => ServedModel.Load(provider.GetRequiredService<GatewayOptions>()));

        services.AddSingleton<TenantKeys>();
        services.AddSingleton<TenantRequests>();
        services.AddSingleton<RequestParser>();
        services.AddSingleton<RunningRequests>();
        services.TryAddSingleton<IClusterGrains, ClusterGrains>();
        services.AddSingleton<TopologyWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<TopologyWatch>());
        services.AddSingleton<ReplicaPumps>();
        services.AddHostedService<StrandedStreams>();
        services.AddSingleton<ReplicaPlacer>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<StreamMeters>();
        services.AddSingleton<GenerationHandler>();
        services.AddSingleton<OpenAiFront>();
        services.AddSingleton<RecentEvents>();
        services.AddHostedService(provider => provider.GetRequiredService<RecentEvents>());
        services.AddSingleton<ConsoleFront>();
        services.AddSingleton<SessionCalls>();
        services.AddSingleton<SessionDirectory>();

        services.AddSingleton<RefusalInterceptor>();
        services.AddGrpc()
            .AddServiceOptions<InferenceService>(service => service.Interceptors.Add<RefusalInterceptor>())
            .AddServiceOptions<SessionService>(service => service.Interceptors.Add<RefusalInterceptor>())
            .AddServiceOptions<ClusterService>(service => service.Interceptors.Add<RefusalInterceptor>())
            .AddServiceOptions<ReflectionServiceImpl>(service => service.Interceptors.Add<RefusalInterceptor>());
        services.AddOptions<GrpcServiceOptions>().Configure<GatewayOptions>((grpc, gateway) =>
        {
            grpc.MaxReceiveMessageSize = gateway.MaxRequestBytes;
            grpc.CompressionProviders = []; // a compressed message is UNIMPLEMENTED: a short one would stand for a long one, and a broken one be UNKNOWN
        });
        services.AddGrpcReflection();
        builder.WebHost.ConfigureKestrel(kestrel => ListenerLimits.Apply(kestrel, kestrel.ApplicationServices.GetRequiredService<GatewayOptions>()));
        return builder;
    }

    /// <summary>Maps the services to the gRPC port, and /metrics to the port of its own.</summary>
    public static WebApplication MapBaichuanGateway(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<GatewayOptions>();
        if (options.HealthPort is { } health)
            app.UseHealthPort(health);
        if (options.HttpPort is not null)
            app.UseOpenAiPort(options.Console);
        if (options.Console)
            app.SayWhereConsoleIs();

        // The ports of gRPC and metrics differ in their protocol, so neither is reached through the other.
        app.MapWhen(
            context => !HttpProtocol.IsHttp2(context.Request.Protocol),
            metrics => metrics.UseMetricsPage(app.Services.GetRequiredService<CollectorRegistry>(), app.Services.GetRequiredService<GatewayOptions>().Model));
        app.UseMiddleware<TenantGate>();
        app.UseMiddleware<MessageFrameCheck>();
        app.MapGrpcService<InferenceService>();
        app.MapGrpcService<SessionService>();
        app.MapGrpcService<ClusterService>();
        app.MapGrpcService<HealthService>();
        app.MapGrpcReflectionService();
        return app;
    }
}
