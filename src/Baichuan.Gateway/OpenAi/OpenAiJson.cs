using System.Text.Json.Serialization;

namespace Baichuan.Gateway.OpenAi;

/// <summary>How the answers are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpenAiErrorBody))]
[JsonSerializable(typeof(OpenAiList))]
[JsonSerializable(typeof(OpenAiCompletion))]
internal sealed partial class OpenAiJson : JsonSerializerContext;

internal sealed record OpenAiErrorBody(OpenAiError Error);

internal sealed record OpenAiError(string Message, string Type, string? Param, string? Code);

internal sealed record OpenAiList(IReadOnlyList<OpenAiModel> Data)
{
    public string Object => "list";
}

internal sealed record OpenAiModel(string Id, string Object, long Created, string OwnedBy, int ContextLength);

/// <summary>A whole answer or a chunk of one, of chat or not.</summary>
internal sealed record OpenAiCompletion(string Id, string Object, long Created, string Model, string SystemFingerprint, IReadOnlyList<OpenAiChoice> Choices)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OpenAiUsage? Usage { get; init; }
}

internal sealed record OpenAiChoice(int Index, string? FinishReason)
{
    /// <summary>Of a whole chat answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OpenAiMessage? Message { get; init; }

    /// <summary>Of a chunk of one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OpenAiMessage? Delta { get; init; }

    /// <summary>Of a completion that is no chat, whole or chunk.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }

    /// <summary>Where they were asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OpenAiChoiceLogprobs? Logprobs { get; init; }
}

/// <summary>Of chat <see cref="Content"/> alone, of completions that are no chat the rest.</summary>
internal sealed record OpenAiChoiceLogprobs
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<OpenAiTokenLogprob>? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<float>? TokenLogprobs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Dictionary<string, float>>? TopLogprobs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? TextOffset { get; init; }
}

internal sealed record OpenAiTokenLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes)
{
    /// <summary>Null for one of the likeliest.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<OpenAiTokenLogprob>? TopLogprobs { get; init; }
}

internal sealed record OpenAiMessage(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content);

internal sealed record OpenAiUsage(int PromptTokens, int CompletionTokens, OpenAiPromptDetails PromptTokensDetails)
{
    public int TotalTokens => PromptTokens + CompletionTokens;
}

internal sealed record OpenAiPromptDetails(int CachedTokens);
