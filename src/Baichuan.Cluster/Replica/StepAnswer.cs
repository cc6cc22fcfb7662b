using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Replica;

/// <summary>The answer to a step of rank 0 of the last stage, and how long the step was there.</summary>
internal readonly record struct StepAnswer(StepResult Result, TimeSpan OnShard);
