namespace Baichuan.Cluster.Abstractions.Shards;

public enum ShardPhase
{
    /// <summary>Reads its weights.</summary>
    Loading,

    /// <summary>Weights are in memory; it meets its peers.</summary>
    Connecting,

    /// <summary>Runs steps.</summary>
    Ready,

    /// <summary>Cannot serve this epoch any more; the text says why.</summary>
    Failed,
}
