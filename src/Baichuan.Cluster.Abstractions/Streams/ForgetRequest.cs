namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>Tokens whose cached blocks nobody wants any more. Not printed: they are what was said.</summary>
[GenerateSerializer, Immutable]
public sealed class ForgetRequest
{
    [Id(0)] public required string Tenant { get; init; }

    /// <summary>Little-endian int32 token ids, from the beginning.</summary>
    [Id(1)] public required ReadOnlyMemory<byte> Tokens { get; init; }
}
