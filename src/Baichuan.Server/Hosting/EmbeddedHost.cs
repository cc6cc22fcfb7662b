using System.Globalization;
using Baichuan.Cluster;
using Baichuan.Cluster.Hosting;
using Baichuan.Gateway.Hosting;

namespace Baichuan.Server.Hosting;

/// <summary>Everything on this machine: the gateway in this process, and the silo too, or silos as child processes.</summary>
internal static class EmbeddedHost
{
    /// <param name="silos">Child processes; 0 puts the silo into this process.</param>
    /// <param name="dataFolder">Folder of the state file; null takes one of the user's application data.</param>
    public static WebApplication Create(IReadOnlyDictionary<string, string?> settings, int silos, string? dataFolder)
    {
        var builder = ServerHost.CreateBuilder(settings);
        builder.NameModel();
        builder.AddTracing("baichuan-server");
        ShareState(builder, dataFolder);
        var deployment = builder.Configuration.GetSection("Deployment").Get<DeploymentOptions>() ?? new DeploymentOptions();
        var shards = deployment.TensorParallel * deployment.PipelineParallel * deployment.Replicas;
        SetDefault(builder, "Slots:Count", (shards + Math.Max(silos, 1) - 1) / Math.Max(silos, 1));
        SetDefault(builder, "Slots:Threads", Math.Max(1, Environment.ProcessorCount / Math.Max(silos, 1)));
        SetDefault(builder, "Slots:Spin", shards <= Environment.ProcessorCount);
        SetDefault(builder, "Gateway:Console", true);
        SetDefault(builder, "Gateway:HttpPort", 0);
        if (silos == 0)
        {
            builder.AddBaichuanSilo();
            builder.AddShardExecutor();
        }
        else
        {
            // First, for services start in order: the client waits for a silo.
            builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<SiloSupervisor>(services, silos));
            builder.AddClusterClient();
        }

        builder.AddBaichuanGateway();
        var app = builder.Build();
        app.MapBaichuanGateway();
        return app;
    }

    // A cluster id of its own: processes of an earlier run that died left their rows behind.
    private static void ShareState(WebApplicationBuilder builder, string? dataFolder)
    {
        var folder = dataFolder ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "baichuan");
        Directory.CreateDirectory(folder);
        builder.Configuration["Silo:StateFile"] = Path.Combine(folder, "cluster.db");
        builder.Configuration["Silo:ClusterId"] = $"embedded-{Guid.NewGuid():N}";
    }

    private static void SetDefault(WebApplicationBuilder builder, string key, IConvertible value)
    {
        if (string.IsNullOrEmpty(builder.Configuration[key]))
            builder.Configuration[key] = value.ToString(CultureInfo.InvariantCulture);
    }
}
