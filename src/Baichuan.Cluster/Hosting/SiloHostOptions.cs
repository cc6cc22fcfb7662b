using System.ComponentModel.DataAnnotations;

namespace Baichuan.Cluster.Hosting;

/// <summary>This silo's place in the Orleans cluster.</summary>
public sealed class SiloHostOptions
{
    /// <summary>Silos and gateways of one cluster share this id.</summary>
    [Required]
    public string ClusterId { get; set; } = "baichuan";

    /// <summary>Address that the silo listens on and that others reach it by.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Port between silos; 0 takes any free one.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>Port for gateways; 0 takes any free one.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; set; }

    /// <summary>The SQLite file with membership and grain state, shared by all processes of a one-machine cluster.</summary>
    [Required(ErrorMessage = "Silo:StateFile is not set; name the SQLite file that the processes of this cluster share.")]
    public string StateFile { get; set; } = "";

    /// <summary>Port of /metrics; 0 takes any free one.</summary>
    [Range(0, 65535)]
    public int MetricsPort { get; set; }

    /// <summary>End this process when its standard input ends: how supervised silos end with their supervisor, however it dies.</summary>
    public bool ExitWithInput { get; set; }
}
