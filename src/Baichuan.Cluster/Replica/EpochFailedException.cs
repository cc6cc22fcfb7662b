namespace Baichuan.Cluster.Replica;

/// <summary>An epoch cannot go on: a shard failed, is gone, or does not answer.</summary>
internal sealed class EpochFailedException(string message, int? shard, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The shard that is to blame and whose silo the next epoch should avoid; null when none is.</summary>
    public int? Shard { get; } = shard;

    /// <summary>A shard failed by itself in a step: one of the running requests may be to blame.</summary>
    public bool Fault { get; init; }
}
