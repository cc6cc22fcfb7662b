namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>To a <see cref="StepOrder"/>, when its last step has run.</summary>
/// <param name="Frames">A <see cref="Baichuan.Model.Execution.StepResult"/> frame for each step.</param>
/// <param name="OnShard">From the order's arrival at the shard to this reply. The one clock that it was measured by is the shard's.</param>
[GenerateSerializer, Immutable]
public sealed record StepReply([property: Id(0)] ReadOnlyMemory<byte>[] Frames, [property: Id(1)] TimeSpan OnShard);
