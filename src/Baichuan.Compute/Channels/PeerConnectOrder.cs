namespace Baichuan.Compute.Channels;

/// <summary>Tells one shard's process how to tie it to its peers for one epoch. Plain data; every shard of the replica gets the same but for its index.</summary>
public sealed record PeerConnectOrder
{
    public required string ReplicaId { get; init; }

    public required ulong Epoch { get; init; }

    /// <summary>32 random bytes that only the shards of this epoch are given: what they prove to each other that they belong.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>Stage * T + rank.</summary>
    public required int ShardIndex { get; init; }

    public required int TensorParallel { get; init; }

    public required int PipelineParallel { get; init; }

    /// <summary>By shard index: where the data listener of its process is, as <c>ip:port</c>. Shards with the same endpoint share a process.</summary>
    public required IReadOnlyList<string> Endpoints { get; init; }

    /// <summary>How long the operations of one step may take together, counted from its beginning.</summary>
    public required TimeSpan StepTimeout { get; init; }

    /// <summary>How long to wait until all peers are there.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Spin for tens of microseconds before blocking: only where there are no more compute threads than cores.</summary>
    public bool Spin { get; init; }
}
