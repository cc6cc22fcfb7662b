namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>A shard cannot go on in its epoch.</summary>
[GenerateSerializer, Immutable]
public sealed class ShardFailureException(string message, int? lostShard) : Exception(message)
{
    /// <summary>The peer that it holds responsible, by shard index; null when it is none.</summary>
    [Id(0)] public int? LostShard { get; } = lostShard;
}
