using Baichuan.Cluster.Hosting;
using Baichuan.Cluster.Security;
using Orleans.Configuration;

namespace Baichuan.Server.Hosting;

/// <summary>Connects a process without a silo to the cluster.</summary>
internal static class ClusterClient
{
    public static void AddClusterClient(this IHostApplicationBuilder builder)
    {
        builder.AddValidated<SiloHostOptions>("Silo");
        builder.AddClusterTls();
        var options = builder.Configuration.GetSection("Silo").Get<SiloHostOptions>() ?? new SiloHostOptions();
        builder.UseOrleansClient(client =>
        {
            client.UseStateStore(options);
            client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, "baichuan"));

            // A call that was under way to a silo that died has no answer; the gateway asks again, from where it is.
            client.Configure<ClientMessagingOptions>(messaging =>
            {
                messaging.ResponseTimeout = TimeSpan.FromSeconds(5);
                messaging.MaxMessageBodySize = SiloHosting.MaxMessageBytes;
            });
            client.UseConnectionRetryFilter(async (_, cancellation) =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), cancellation); // the silos may still be starting
                return true;
            });
        });
    }
}
