using System.ComponentModel.DataAnnotations;

namespace Baichuan.Cluster.Hosting;

/// <summary>This silo's place in the Orleans cluster.</summary>
public sealed class SiloHostOptions : IValidatableObject
{
    /// <summary>Silos and gateways of one cluster share this id.</summary>
    [Required]
    public string ClusterId { get; set; } = "baichuan";

    /// <summary>Name of this silo in the membership table and in logs, such as its pod's; empty: one is made.</summary>
    public string Name { get; set; } = "";

    /// <summary>Address that the silo listens on and that others reach it by.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Port between silos; 0 takes any free one.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>Port for gateways; 0 takes any free one.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; set; }

    /// <summary>Gateways connect to this silo. Off for silos with slots where others, without, are there: a silo that stops computing, or is stopped, then holds up no gateway.</summary>
    public bool AdmitsGateways { get; set; } = true;

    /// <summary>Where membership and grain state lie. The same for all processes of a cluster.</summary>
    public StateStore Store { get; set; }

    /// <summary>The SQLite file with membership and grain state, shared by all processes of a one-machine cluster.</summary>
    public string StateFile { get; set; } = "";

    /// <summary>How to reach a store that is a server, in its own words, such as <c>redis:6379,password=...</c>. A secret, where it has a password.</summary>
    public string StoreConnection { get; set; } = "";

    /// <summary>Port of /metrics; 0 takes any free one.</summary>
    [Range(0, 65535)]
    public int MetricsPort { get; set; }

    /// <summary>Port of grpc.health.v1 for probes; not set: none.</summary>
    [Range(1, 65535)]
    public int? HealthPort { get; set; }

    /// <summary>At shutdown, where other replicas take new requests, or no other slots go on with streams: how long those that run on this silo's slots may go on. Longer than the longest completion takes,
    /// where silos are upgraded: what is left then is lost. The host stops 10 s later.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>End this process when its standard input ends: how supervised silos end with their supervisor, however it dies.</summary>
    public bool ExitWithInput { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Store == StateStore.Sqlite && StateFile.Length == 0)
            yield return new ValidationResult("Silo:StateFile is not set; name the SQLite file that the processes of this cluster share, or choose another Silo:Store.");
        if (Store != StateStore.Sqlite && StoreConnection.Length == 0)
            yield return new ValidationResult($"Silo:StoreConnection is not set; with Silo:Store {Store} it says where that server is.");
    }
}
