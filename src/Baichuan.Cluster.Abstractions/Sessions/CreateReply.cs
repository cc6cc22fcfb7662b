namespace Baichuan.Cluster.Abstractions.Sessions;

/// <summary>What came of creating a session.</summary>
[GenerateSerializer, Immutable]
public sealed record CreateReply
{
    /// <summary>Null: it was refused.</summary>
    [Id(0)] public SessionStatus? Session { get; init; }

    /// <summary>Why, as a sentence.</summary>
    [Id(1)] public string? Refusal { get; init; }
}
