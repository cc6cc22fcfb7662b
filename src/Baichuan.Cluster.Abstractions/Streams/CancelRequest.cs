namespace Baichuan.Cluster.Abstractions.Streams;

[GenerateSerializer, Immutable]
public sealed record CancelRequest([property: Id(0)] string Gateway, [property: Id(1)] IReadOnlyList<ulong> Streams);
