namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>What a shard must be in an epoch: its cut of the model, the size of the pools, and its peers.</summary>
[GenerateSerializer, Immutable]
public sealed record AttachOrder
{
    [Id(0)] public required int TensorParallel { get; init; }

    [Id(1)] public required int PipelineParallel { get; init; }

    /// <summary>Blocks of the global pool, the same on every shard.</summary>
    [Id(2)] public required int GlobalBlocks { get; init; }

    [Id(3)] public required int SlidingBlocks { get; init; }

    /// <summary>The data endpoint of every shard, by shard index.</summary>
    [Id(4)] public required IReadOnlyList<string> Endpoints { get; init; }

    /// <summary>The epoch's 32-byte secret.</summary>
    [Id(5)] public required byte[] Secret { get; init; }

    /// <summary>The profile that the replica runs; a silo that would load another refuses.</summary>
    [Id(6)] public required string Profile { get; init; }

    /// <summary>Partners keep copies of each other's keys and values.</summary>
    [Id(7)] public bool KvCopies { get; init; }
}
