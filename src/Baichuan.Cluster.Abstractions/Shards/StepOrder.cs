namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>Carries a <see cref="Baichuan.Model.Execution.StepBatch"/> frame.</summary>
[GenerateSerializer, Immutable]
public sealed record StepOrder([property: Id(0)] ReadOnlyMemory<byte> Frame);
