using Baichuan.Model.Execution;

namespace Baichuan.Compute.Sampling;

/// <summary>Whose next token is drawn, and how.</summary>
public readonly ref struct SamplingRequest
{
    public required int Sequence { get; init; }

    /// <summary>Every token before the drawn one, prompt and completion: the drawn token takes position <c>Tokens.Length</c>.</summary>
    public required ReadOnlySpan<int> Tokens { get; init; }

    /// <summary>How many of <see cref="Tokens"/> are the original prompt.</summary>
    public required int PromptLength { get; init; }

    /// <summary>Tokens that are impossible before <see cref="SamplingSettings.MinTokens"/> completion tokens.</summary>
    public required ReadOnlySpan<int> StopTokens { get; init; }

    /// <summary>Added to the logits before everything else; each token at most once.</summary>
    public ReadOnlySpan<TokenBias> Biases { get; init; }

    public required SamplingSettings Settings { get; init; }
}
