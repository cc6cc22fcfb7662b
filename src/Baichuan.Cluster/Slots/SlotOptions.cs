using System.ComponentModel.DataAnnotations;

namespace Baichuan.Cluster.Slots;

/// <summary>What this silo offers.</summary>
public sealed class SlotOptions
{
    /// <summary>Device places; each holds one shard.</summary>
    [Range(0, 64)]
    public int Count { get; set; } = 1;

    /// <summary>Bytes that one slot gives to its KV pools.</summary>
    [Range(1L << 16, 1L << 44)]
    public long KvCacheBytes { get; set; } = 256L << 20;

    /// <summary>Bytes that one slot may take for weights and KV pools, where a replica that has lost slots is cut into fewer, larger shards. 0: on <c>cpu</c> this process's share, by
    /// slots, of what .NET finds (three quarters of a container's limit, or the whole machine's, so silos that share a machine without containers better say it); on other devices not known, and then no larger shard is put there.</summary>
    [Range(0, 1L << 44)]
    public long MemoryBytes { get; set; }

    /// <summary>Executor of the shards: <c>cpu</c> or <c>torch</c>.</summary>
    [RegularExpression("cpu|torch", ErrorMessage = "Slots:Executor must be cpu or torch.")]
    public string Executor { get; set; } = "cpu";

    /// <summary>Device of slot 0; slot n of <c>cuda:0</c> is <c>cuda:n</c>.</summary>
    [RegularExpression("cpu|cuda:[0-9]{1,2}", ErrorMessage = "Slots:Device must be cpu or cuda:n.")]
    public string Device { get; set; } = "cpu";

    /// <summary>Address that the data channels listen on; peers reach this silo there.</summary>
    [Required]
    public string DataAddress { get; set; } = "127.0.0.1";

    /// <summary>Port of the data channels; 0 takes any free one.</summary>
    [Range(0, 65535)]
    public int DataPort { get; set; }

    /// <summary>Port, at the same address, by which other silos see this process end; 0 takes any free one. Fixed where a firewall stands between silos.</summary>
    [Range(0, 65535)]
    public int VitalPort { get; set; }

    /// <summary>Compute threads of this process; 0 takes every core.</summary>
    [Range(0, 1024)]
    public int Threads { get; set; }

    /// <summary>Cores that the compute threads keep to, such as <c>0-1</c>, counted among those that the process may use; empty: wherever the system puts them.
    /// For processes that share a machine.</summary>
    [RegularExpression("([0-9]{1,4}(-[0-9]{1,4})?)?", ErrorMessage = "Slots:Cores must be a core, such as 0, or a range, such as 0-1.")]
    public string Cores { get; set; } = "";

    /// <summary>Wait for peers spinning for some tens of microseconds before blocking: quicker, where every shard on this machine has a core of its own.</summary>
    public bool Spin { get; set; }
}
