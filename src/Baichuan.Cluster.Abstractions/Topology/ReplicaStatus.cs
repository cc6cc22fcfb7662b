namespace Baichuan.Cluster.Abstractions.Topology;

/// <summary>A replica as it stands now.</summary>
[GenerateSerializer, Immutable]
public sealed record ReplicaStatus
{
    /// <summary>Number of the replica, from 0.</summary>
    [Id(0)] public required int Index { get; init; }

    [Id(1)] public required ReplicaState State { get; init; }

    [Id(2)] public required ulong Epoch { get; init; }

    /// <summary>Fewer than deployed while slots are missing.</summary>
    [Id(3)] public required IReadOnlyList<ShardPlace> Shards { get; init; }

    /// <summary>Sequences in the queue.</summary>
    [Id(4)] public required int Waiting { get; init; }

    [Id(5)] public required int Running { get; init; }

    [Id(6)] public required int GlobalBlocksUsed { get; init; }

    [Id(7)] public required int GlobalBlocks { get; init; }

    [Id(8)] public required int SlidingBlocksUsed { get; init; }

    [Id(9)] public required int SlidingBlocks { get; init; }

    /// <summary>Why it is not ready, what ended its last epoch, or how many slots it does without; null when there is nothing to say.</summary>
    [Id(10)] public string? Note { get; init; }

    /// <summary>The silo of its coordinator; null while that is not known.</summary>
    [Id(11)] public string? Coordinator { get; init; }

    /// <summary>The profile that it runs, or ran last and waits for; empty: it has had no slots yet.</summary>
    [Id(12)] public string Profile { get; init; } = "";
}
