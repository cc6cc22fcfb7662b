namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>What <see cref="IShardGrain.Rehearse"/> answers: one of every answer that a shard gives.</summary>
[GenerateSerializer, Immutable]
public sealed record RehearsedAnswers([property: Id(0)] ShardStatus Status, [property: Id(1)] StepReply Reply);
