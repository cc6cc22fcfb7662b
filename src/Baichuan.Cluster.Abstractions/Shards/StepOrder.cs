namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>To rank 0 of a stage, for all of it: one step, or several that follow one another.</summary>
/// <param name="Frames">A <see cref="Baichuan.Model.Execution.StepBatch"/> frame for each step.</param>
/// <param name="Follows">The step before was in flight, or had just landed, when the first one was planned: what lies between them on a shard is not idleness.</param>
/// <param name="Allowed">How long one step's operations between shards may take together; a peer that is silent for longer ends the epoch.</param>
[GenerateSerializer, Immutable]
public sealed record StepOrder([property: Id(0)] ReadOnlyMemory<byte>[] Frames, [property: Id(1)] bool Follows, [property: Id(2)] TimeSpan Allowed);
