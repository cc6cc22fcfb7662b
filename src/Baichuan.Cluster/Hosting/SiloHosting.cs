using System.Net;
using Baichuan.Cluster.Placement;
using Baichuan.Cluster.Security;
using Baichuan.Cluster.Sessions;
using Baichuan.Cluster.Slots;
using Baichuan.Cluster.Telemetry;
using Baichuan.Cluster.Vitals;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Placement;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Baichuan.Cluster.Hosting;

/// <summary>Makes a host a silo of the cluster. The one place where Orleans' limits and times are set; those of a gateway's client are in Baichuan.Server.</summary>
public static class SiloHosting
{
    /// <summary>Most bytes of a message between processes: a step's batch is well below, the logits of a whole prompt may not be.</summary>
    public const int MaxMessageBytes = 256 << 20;

    private const int MaxMailbox = 20_000;

    /// <summary>Adds a silo, its slots and their advertiser. The host provides an <see cref="Compute.IShardExecutorFactory"/>.
    /// Options come from the configuration sections Silo, Slots, Deployment, Sessions and Tls.</summary>
    public static IHostApplicationBuilder AddBaichuanSilo(this IHostApplicationBuilder builder)
    {
        builder.AddValidated<SiloHostOptions>("Silo");
        builder.AddValidated<SlotOptions>("Slots");
        builder.AddValidated<DeploymentOptions>("Deployment");
        builder.AddValidated<SessionOptions>(SessionOptions.Section);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddClusterTls();
        builder.Services.AddSingleton<SlotHost>();
        builder.Services.AddSingleton<VitalSign>();
        builder.Services.AddSingleton<DeathWatch>();
        builder.Services.AddSingleton<OrderRehearsal>();
        builder.Services.AddSessionSeal();
        GrainMetrics.Publish();
        var deployment = builder.Configuration.GetSection("Deployment").Get<DeploymentOptions>() ?? new DeploymentOptions();
        var slots = builder.Configuration.GetSection("Slots").Get<SlotOptions>() ?? new SlotOptions();
        builder.UseOrleans(silo => Configure(silo, builder.Configuration.GetSection("Silo").Get<SiloHostOptions>() ?? new SiloHostOptions(), deployment.StepTimeout, slots.Count));
        builder.Services.AddHostedService(services => services.GetRequiredService<DeathWatch>());
        builder.Services.AddHostedService<SessionSweep>();
        builder.Services.AddHostedService<SlotAdvertiser>(); // after Orleans: it starts when the silo is up and stops first
        return builder;
    }

    private static void Configure(ISiloBuilder silo, SiloHostOptions options, TimeSpan stepTimeout, int slots)
    {
        var address = Address.Parse("Silo:Address", options.Address);
        var port = FreePort.Or(options.Port, address);
        var gatewayPort = options.AdmitsGateways ? FreePort.Or(options.GatewayPort, address) : 0; // 0: not one of those that clients of Orleans look for
        silo.UseStateStore(options);
        if (options.Name.Length > 0)
            silo.Configure<SiloOptions>(named => named.SiloName = options.Name);
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, "baichuan"));
        silo.Configure<EndpointOptions>(endpoint =>
        {
            endpoint.AdvertisedIPAddress = address;
            endpoint.SiloPort = port;
            endpoint.GatewayPort = gatewayPort;
            endpoint.SiloListeningEndpoint = new IPEndPoint(address, port);
            endpoint.GatewayListeningEndpoint = options.AdmitsGateways ? new IPEndPoint(address, gatewayPort) : null;
        });

        // The last resort, for silos that are stopped or cut off, and slow enough for one that pauses. Data channels have told a shard's peers long before, and a process
        // that ended is declared dead at once by DeathWatch.
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.NumMissedProbesLimit = 3;
            membership.NumVotesForDeathDeclaration = 2; // one that is cut off cannot vote all others out
            membership.EnableIndirectProbes = false;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(3); // three that are missing: where all silos died at once, new ones join after this, and no sooner
        });

        silo.Configure<SiloMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = stepTimeout + TimeSpan.FromSeconds(30); // whoever waits for a step has its own, shorter limit
            messaging.MaxMessageBodySize = MaxMessageBytes;

            // A grain's mailbox: the default is unbounded. A replica has a few calls of each gateway and one for each request that is being submitted, a shard those of the steps in flight.
            // Who calls beyond it is told so at once, which is a call that failed.
            messaging.MaxEnqueuedRequestsSoftLimit = MaxMailbox / 2; // a warning
            messaging.MaxEnqueuedRequestsHardLimit = MaxMailbox;
        });

        // Off: a silo that computes has busy cores, and is not overloaded for it. Queues are what is bounded (DeploymentOptions).
        silo.Configure<LoadSheddingOptions>(shedding => shedding.LoadSheddingEnabled = false);

        // The default one forgets what was registered at a silo that left, and ends these grains wherever they are: a replica's coordinator with all its streams, the model's
        // grain with all offers. This one asks the others what they hold.
#pragma warning disable ORLEANSEXP003 // for evaluation, says Orleans; the fault tests are that
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.Configure<GrainDirectoryOptions>(directory => directory.RangeLeaseDuration = TimeSpan.Zero); // who is dead is dead, and epochs fence whoever is not
        silo.AddGrainDirectory(SlotDirectory.Name, (_, _) => new SlotDirectory());
        silo.Services.AddPlacementDirector<SlotPlacement, SlotPlacementDirector>();
        silo.Services.AddPlacementFilter<ControlPlacement, ControlPlacementDirector>(ServiceLifetime.Singleton);
        silo.UseSiloMetadata(slots > 0 ? [] : new() { [ControlPlacementDirector.Mark.Key] = ControlPlacementDirector.Mark.Value });
    }

    /// <summary>A section of the configuration that is checked when the host starts.</summary>
    public static void AddValidated<T>(this IHostApplicationBuilder builder, string section) where T : class =>
        builder.Services.AddOptions<T>().Bind(builder.Configuration.GetSection(section)).ValidateDataAnnotations().ValidateOnStart();
}
