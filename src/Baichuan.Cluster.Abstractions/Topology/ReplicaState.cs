namespace Baichuan.Cluster.Abstractions.Topology;

public enum ReplicaState
{
    /// <summary>Waits for slots.</summary>
    Waiting,

    /// <summary>Its shards load or connect.</summary>
    Forming,

    /// <summary>Every shard answers.</summary>
    Ready,
}
