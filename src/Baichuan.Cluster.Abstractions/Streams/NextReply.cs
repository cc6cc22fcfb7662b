namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>Carries a <see cref="StreamUpdates"/> frame.</summary>
[GenerateSerializer, Immutable]
public sealed record NextReply([property: Id(0)] ReadOnlyMemory<byte> Frame);
