namespace Baichuan.Cluster.Abstractions.Topology;

/// <summary>A new epoch of a replica: its number, where each shard goes, which says how the model is cut in it, and the secret by which their data channels know each other.</summary>
[GenerateSerializer, Immutable]
public sealed record EpochGrant
{
    [Id(0)] public required ulong Epoch { get; init; }

    /// <summary>32 random bytes.</summary>
    [Id(1)] public required byte[] Secret { get; init; }

    /// <summary>32 random bytes, the same in all epochs of the replica: what the names of its cached blocks are keyed with.</summary>
    [Id(5)] public byte[] PrefixSecret { get; init; } = [];

    /// <summary>By shard index (stage * T + rank); empty when the slots do not suffice.</summary>
    [Id(2)] public required IReadOnlyList<ShardPlace> Places { get; init; }

    /// <summary>T of the epoch's layout: ranks of a stage; 0 where there are no places.</summary>
    public int TensorParallel => Places.Count == 0 ? 0 : Places[^1].Rank + 1;

    /// <summary>P of the epoch's layout: stages; 0 where there are no places.</summary>
    public int PipelineParallel => Places.Count == 0 ? 0 : Places[^1].Stage + 1;

    /// <summary>The profile that every shard must compute. Where there are no places: the one that the replica had last, if any.</summary>
    [Id(4)] public string Profile { get; init; } = "";

    /// <summary>Why there are no places: slots asked for and there. Null when there are.</summary>
    [Id(3)] public string? Shortage { get; init; }
}
