namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>To rank 0 of a stage, for all of it. Carries a <see cref="Baichuan.Model.Execution.StepBatch"/> frame.</summary>
/// <param name="Follows">The step before was in flight, or had just landed, when this one was planned: what lies between them on a shard is not idleness.</param>
/// <param name="Allowed">How long the step's operations between shards may take together; a peer that is silent for longer ends the epoch.</param>
[GenerateSerializer, Immutable]
public sealed record StepOrder([property: Id(0)] ReadOnlyMemory<byte> Frame, [property: Id(1)] bool Follows, [property: Id(2)] TimeSpan Allowed);
