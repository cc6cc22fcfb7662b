using Baichuan.Gateway.Hosting;

namespace Baichuan.Server.Hosting;

/// <summary>A gateway process: an Orleans client and the gRPC front.</summary>
internal static class GatewayHost
{
    public static WebApplication Create(IReadOnlyDictionary<string, string?> settings)
    {
        var builder = ServerHost.CreateBuilder(settings);
        builder.NameModel();
        builder.AddTracing("baichuan-gateway");
        builder.AddClusterClient();
        builder.AddBaichuanGateway();
        var app = builder.Build();
        app.MapBaichuanGateway();
        return app;
    }
}
