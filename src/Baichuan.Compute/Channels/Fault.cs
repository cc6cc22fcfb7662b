namespace Baichuan.Compute.Channels;

/// <summary>Why the ties of an epoch broke.</summary>
/// <param name="Culprit">Index of the shard that is to blame, seldom the one that noticed.</param>
/// <param name="Sentence">Says who and what, without a full stop.</param>
internal sealed record Fault(FaultKind Kind, int Culprit, string Sentence);
