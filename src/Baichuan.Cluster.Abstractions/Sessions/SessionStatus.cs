namespace Baichuan.Cluster.Abstractions.Sessions;

/// <summary>What there is to say of a session, but for what was said in it.</summary>
[GenerateSerializer, Immutable]
public sealed record SessionStatus
{
    [Id(0)] public required DateTimeOffset Created { get; init; }

    /// <summary>When it is forgotten unless it is used before.</summary>
    [Id(1)] public required DateTimeOffset Expires { get; init; }

    /// <summary>Turns that were answered.</summary>
    [Id(2)] public required int Turns { get; init; }

    /// <summary>Tokens of all of them, the chat format's own included.</summary>
    [Id(3)] public required int Tokens { get; init; }
}
