using Baichuan.Model.Execution;

namespace Baichuan.Scheduling;

/// <summary>News of one sequence: a token, its end, or both.</summary>
/// <param name="Token">The token that was appended, with its log-probability; its likeliest alternatives are in the <see cref="StepResult"/> that
/// brought it. Null where the sequence ended without one.</param>
/// <param name="Finish">Null while the sequence goes on.</param>
public readonly record struct SequenceOutcome(Sequence Sequence, SampledToken? Token, FinishReason? Finish);
