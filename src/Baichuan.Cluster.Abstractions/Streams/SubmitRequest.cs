using Baichuan.Model;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>A checked request on its way to a replica. Token ids travel as little-endian int32 bytes.</summary>
[GenerateSerializer, Immutable]
public sealed record SubmitRequest
{
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>The client's name for the request, which its tenant has for it alone.</summary>
    [Id(12)] public string ClientRequestId { get; init; } = "";

    /// <summary>Id of the gateway process that will ask for the tokens.</summary>
    [Id(1)] public required string Gateway { get; init; }

    [Id(2)] public required ReadOnlyMemory<byte> Prompt { get; init; }

    /// <summary>Tokens that the gateway already has, when it submits again.</summary>
    [Id(3)] public ReadOnlyMemory<byte> Generated { get; init; }

    /// <summary>Most completion tokens, those in <see cref="Generated"/> included.</summary>
    [Id(4)] public required int MaxTokens { get; init; }

    /// <summary>The <see cref="SamplingSettings"/>, byte for byte.</summary>
    [Id(5)] public required ReadOnlyMemory<byte> Sampling { get; init; }

    /// <summary>Tokens that end the completion; end-of-text is among them unless the request ignores it.</summary>
    [Id(6)] public required IReadOnlyList<int> StopTokens { get; init; }

    /// <summary>When the request ends by itself; null: never.</summary>
    [Id(7)] public DateTimeOffset? Deadline { get; init; }

    /// <summary>Whose request it is, as the gateway knows from the client's key: never something that a request says of itself. Tenants share neither
    /// cached blocks nor queue room.</summary>
    [Id(8)] public string Tenant { get; init; } = "default";

    /// <summary><see cref="TokenBias"/>es of its logits, byte for byte.</summary>
    [Id(10)] public ReadOnlyMemory<byte> Biases { get; init; }

    /// <summary>How likely the prompt's tokens are is asked for, with <see cref="SamplingSettings.PromptLogprobs"/> others each: all of it is computed,
    /// whatever is cached.</summary>
    [Id(11)] public bool ScoresPrompt { get; init; }

    /// <summary>The span that what the replica does for the request belongs to, in W3C's form; null: it is not traced.</summary>
    [Id(13)] public string? TraceParent { get; init; }

    /// <summary>The only profile that may compute it, because tokens that its client has are of that; empty: any.</summary>
    [Id(14)] public string Profile { get; init; } = "";

    [Id(9)] public RequestClass Class { get; init; } = RequestClass.Interactive;
}
