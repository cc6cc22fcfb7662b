namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>A shard cannot go on in its epoch.</summary>
[GenerateSerializer, Immutable]
public sealed class ShardFailureException(string message, int? lostShard, bool fault) : Exception(message)
{
    /// <summary>The peer that it holds responsible, by shard index; null when it is none.</summary>
    [Id(0)] public int? LostShard { get; } = lostShard;

    /// <summary>It failed by itself in a step, and would again in the same one: one of the step's requests may be to blame.</summary>
    [Id(1)] public bool Fault { get; } = fault;
}
