namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>Carries a <see cref="Baichuan.Model.Execution.StepResult"/> frame.</summary>
/// <param name="OnShard">From the order's arrival at the shard to this reply. The one clock that it was measured by is the shard's.</param>
[GenerateSerializer, Immutable]
public sealed record StepReply([property: Id(0)] ReadOnlyMemory<byte> Frame, [property: Id(1)] TimeSpan OnShard);
