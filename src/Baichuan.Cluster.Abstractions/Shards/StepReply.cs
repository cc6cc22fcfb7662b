namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>Carries a <see cref="Baichuan.Model.Execution.StepResult"/> frame.</summary>
[GenerateSerializer, Immutable]
public sealed record StepReply([property: Id(0)] ReadOnlyMemory<byte> Frame);
