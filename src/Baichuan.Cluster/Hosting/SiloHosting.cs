using System.Net;
using Baichuan.Cluster.Placement;
using Baichuan.Cluster.Sessions;
using Baichuan.Cluster.Slots;
using Baichuan.Cluster.State.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Baichuan.Cluster.Hosting;

/// <summary>Makes a host a silo of the cluster. The one place where Orleans' limits and times are set.</summary>
public static class SiloHosting
{
    /// <summary>Adds a silo, its slots and their advertiser. The host provides an <see cref="Compute.IShardExecutorFactory"/>.
    /// Options come from the configuration sections Silo, Slots, Deployment and Sessions.</summary>
    public static IHostApplicationBuilder AddBaichuanSilo(this IHostApplicationBuilder builder)
    {
        builder.AddValidated<SiloHostOptions>("Silo");
        builder.AddValidated<SlotOptions>("Slots");
        builder.AddValidated<DeploymentOptions>("Deployment");
        builder.AddValidated<SessionOptions>(SessionOptions.Section);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SlotHost>();
        builder.Services.AddSessionSeal();
        var deployment = builder.Configuration.GetSection("Deployment").Get<DeploymentOptions>() ?? new DeploymentOptions();
        builder.UseOrleans(silo => Configure(silo, builder.Configuration.GetSection("Silo").Get<SiloHostOptions>() ?? new SiloHostOptions(), deployment.StepTimeout));
        builder.Services.AddHostedService<SessionSweep>();
        builder.Services.AddHostedService<SlotAdvertiser>(); // after Orleans: it starts when the silo is up and stops first
        return builder;
    }

    private static void Configure(ISiloBuilder silo, SiloHostOptions options, TimeSpan stepTimeout)
    {
        var address = Address.Parse("Silo:Address", options.Address);
        var port = FreePort.Or(options.Port, address);
        var gatewayPort = FreePort.Or(options.GatewayPort, address);
        silo.UseSqliteState(state => state.File = options.StateFile);
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, "baichuan"));
        silo.Configure<EndpointOptions>(endpoint =>
        {
            endpoint.AdvertisedIPAddress = address;
            endpoint.SiloPort = port;
            endpoint.GatewayPort = gatewayPort;
            endpoint.SiloListeningEndpoint = new IPEndPoint(address, port);
            endpoint.GatewayListeningEndpoint = new IPEndPoint(address, gatewayPort);
        });

        // A dead silo leaves the table within a few seconds; broken data channels have told its peers long before.
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.NumMissedProbesLimit = 3;
            membership.NumVotesForDeathDeclaration = 1;
            membership.EnableIndirectProbes = false;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        });

        silo.Configure<SiloMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = stepTimeout + TimeSpan.FromSeconds(30); // whoever waits for a step has its own, shorter limit
            messaging.MaxMessageBodySize = 256 << 20; // a step's batch is well below; the logits of a whole prompt may not be
        });
        silo.Services.AddPlacementDirector<SlotPlacement, SlotPlacementDirector>();
    }

    private static void AddValidated<T>(this IHostApplicationBuilder builder, string section) where T : class =>
        builder.Services.AddOptions<T>().Bind(builder.Configuration.GetSection(section)).ValidateDataAnnotations().ValidateOnStart();
}
