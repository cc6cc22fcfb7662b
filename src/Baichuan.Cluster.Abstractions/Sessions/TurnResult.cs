namespace Baichuan.Cluster.Abstractions.Sessions;

/// <summary>A turn that was answered. Not printed: it holds what was said.</summary>
[GenerateSerializer, Immutable]
public sealed class TurnResult
{
    [Id(0)] public required Guid Turn { get; init; }

    /// <summary>Tokens that the session had when the turn began.</summary>
    [Id(1)] public required int Length { get; init; }

    /// <summary>The turn's tokens, question and answer, as little-endian int32 bytes.</summary>
    [Id(2)] public required ReadOnlyMemory<byte> Added { get; init; }

    /// <summary>The replica that has their blocks.</summary>
    [Id(3)] public required int Replica { get; init; }
}
