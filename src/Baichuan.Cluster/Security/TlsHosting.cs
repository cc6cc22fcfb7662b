using Baichuan.Cluster.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Baichuan.Cluster.Security;

/// <summary>Puts TLS between this process and the others of its cluster, where section Tls says so. Silos and gateways alike.</summary>
public static class TlsHosting
{
    public static void AddClusterTls(this IHostApplicationBuilder builder)
    {
        builder.AddValidated<ClusterTlsOptions>("Tls");
        if (builder.Configuration.GetSection("Tls").Get<ClusterTlsOptions>() is not { IsOn: true })
            return;
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ClusterTls>();
        builder.Services.AddOptions<SiloConnectionOptions>().Configure<ClusterTls>((connections, tls) =>
        {
            connections.ConfigureSiloInboundConnection(connection => connection.UseServerTls(tls.ForCalls));
            connections.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(tls.ForCalls));
            connections.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(tls.ForCalls));
        });
        builder.Services.AddOptions<ClientConnectionOptions>().Configure<ClusterTls>(
            (connections, tls) => connections.ConfigureConnection(connection => connection.UseClientTls(tls.ForCalls)));
    }
}
