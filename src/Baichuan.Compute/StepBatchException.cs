namespace Baichuan.Compute;

/// <summary>A step batch orders what a shard cannot do: an unknown sequence, a gap in positions, a block outside the pool. A fault of the scheduler,
/// never of a user's input; found before anything is computed. The message holds no token.</summary>
public sealed class StepBatchException(string message) : Exception(message);
