namespace Baichuan.Cluster.Abstractions.Shards;

[GenerateSerializer, Immutable]
public sealed record ShardStatus
{
    [Id(0)] public required ShardPhase Phase { get; init; }

    /// <summary>Why it failed; null otherwise.</summary>
    [Id(1)] public string? Failure { get; init; }

    /// <summary>The peer that it holds responsible, by shard index; null when it is none.</summary>
    [Id(2)] public int? LostShard { get; init; }

    /// <summary>It failed by itself, not because of a peer or an order.</summary>
    [Id(3)] public bool Fault { get; init; }

    /// <summary>The replica's epoch in which a step last wrote into the blocks that the shard has in memory; 0: it has none of this replica and cut, or is not ready.</summary>
    [Id(4)] public ulong BlocksOf { get; init; }
}
