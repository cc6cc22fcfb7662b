using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Replica;

/// <summary>A shard's answer to a step, and how long the step was there.</summary>
internal readonly record struct StepAnswer(StepResult Result, TimeSpan OnShard);
