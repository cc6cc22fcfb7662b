namespace Baichuan.Cluster.Abstractions.Streams;

[GenerateSerializer, Immutable]
public sealed record SubmitReply
{
    /// <summary>The stream's number at this replica, random and never 0; 0 when refused.</summary>
    [Id(0)] public ulong Stream { get; init; }

    [Id(1)] public SubmitRefusal Refusal { get; init; }

    /// <summary>The refusal in a sentence.</summary>
    [Id(2)] public string? Reason { get; init; }
}
