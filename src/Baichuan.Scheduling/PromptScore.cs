using Baichuan.Model.Execution;

namespace Baichuan.Scheduling;

/// <summary>How likely a token of a prompt was, as a step's result says.</summary>
/// <param name="Token">The prompt's own token, at its own position.</param>
public readonly record struct PromptScore(Sequence Sequence, SampledToken Token);
