using Baichuan.Model;
using Baichuan.Model.Execution;

namespace Baichuan.Scheduling;

/// <summary>
/// What a replica is asked to continue. A gateway that lost its replica submits the same request elsewhere with the tokens that it already has
/// in <see cref="Generated"/>. Immutable; the arrays behind it are not changed by anyone. Not a record: nothing may print its tokens.
/// </summary>
public sealed class SequenceRequest
{
    /// <summary>Unique among the live sequences of a replica.</summary>
    public required string RequestId { get; init; }

    /// <summary>Token ids of the prompt, at least one.</summary>
    public required ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>Token ids of the completion so far; empty for a new request. They count towards <see cref="MaxTokens"/>.</summary>
    public ReadOnlyMemory<int> Generated { get; init; }

    /// <summary>Most completion tokens, at least 1.</summary>
    public required int MaxTokens { get; init; }

    public required SamplingSettings Sampling { get; init; }

    /// <summary>Token ids that end the completion. The caller adds the model's end-of-text token, or leaves it out to ignore it.</summary>
    public ReadOnlyMemory<int> StopTokens { get; init; }

    /// <summary>Added to the logits of its tokens.</summary>
    public ReadOnlyMemory<TokenBias> Biases { get; init; }

    /// <summary>The sequence ends at this time, waiting or running. Null: never.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Whose request it is, as the server knows: the salt of its cached blocks.</summary>
    public string Tenant { get; init; } = "default";

    /// <summary>Every position is to be computed, whatever is cached: how likely the prompt's tokens are is asked for.</summary>
    public bool SkipsPrefixCache { get; init; }

    public RequestClass Class { get; init; } = RequestClass.Interactive;
}
