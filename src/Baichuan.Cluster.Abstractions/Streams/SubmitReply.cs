namespace Baichuan.Cluster.Abstractions.Streams;

[GenerateSerializer, Immutable]
public sealed record SubmitReply
{
    /// <summary>The stream's number at this replica, random and never 0; 0 when refused.</summary>
    [Id(0)] public ulong Stream { get; init; }

    [Id(1)] public SubmitRefusal Refusal { get; init; }

    /// <summary>The refusal in a sentence.</summary>
    [Id(2)] public string? Reason { get; init; }

    /// <summary>When the queue is full: after this time everything that waits should have left, going by how fast the queue empties now. Null otherwise.</summary>
    [Id(3)] public TimeSpan? RetryAfter { get; init; }

    /// <summary>The profile that computes the stream; empty when refused.</summary>
    [Id(4)] public string Profile { get; init; } = "";
}
