using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Replica;

/// <summary>The answer of rank 0 of the last stage to an order: the result of each step, and how long the order was there.</summary>
internal readonly record struct StepAnswer(StepResult[] Results, TimeSpan OnShard);
