namespace Baichuan.Cluster.Abstractions.Sessions;

/// <summary>Whether a turn has the session, and what it goes on from. Not printed: it holds what was said.</summary>
[GenerateSerializer, Immutable]
public sealed class TurnGrant
{
    [Id(0)] public required TurnOutcome Outcome { get; init; }

    /// <summary>Token ids as little-endian int32 bytes; empty before the first turn.</summary>
    [Id(1)] public ReadOnlyMemory<byte> Tokens { get; init; }

    /// <summary>The replica that ran the last turn; -1: none did.</summary>
    [Id(2)] public int Replica { get; init; } = -1;

    /// <summary>How often the turn has to say that it goes on.</summary>
    [Id(3)] public TimeSpan KeepEvery { get; init; }
}
