using Baichuan.Model.Execution;
using Baichuan.Model.Text;
using Baichuan.V1;

namespace Baichuan.Gateway.Requests;

/// <summary>Checks how tokens are to be drawn and fills in the model's defaults.</summary>
internal static class SamplingParser
{
    /// <exception cref="RefusedException">A value is out of its range.</exception>
    public static SamplingSettings Parse(SamplingOptions options, GenerationDefaults defaults, int vocabularySize, string requestId) => new()
    {
        Seed = options.HasSeed ? options.Seed : RequestIdentity.SeedOf(requestId),
        Temperature = options.HasTemperature ? Real("temperature", options.Temperature, 0, RequestLimits.MaxTemperature) : defaults.Temperature,
        TopP = options.HasTopP ? AboveZero("top_p", options.TopP, 1) : defaults.TopP,
        MinP = options.HasMinP ? Real("min_p", options.MinP, 0, 1) : defaults.MinP,
        RepetitionPenalty = options.HasRepetitionPenalty
            ? AboveZero("repetition_penalty", options.RepetitionPenalty, RequestLimits.MaxRepetitionPenalty)
            : defaults.RepetitionPenalty,
        FrequencyPenalty = Real("frequency_penalty", options.FrequencyPenalty, -RequestLimits.MaxOccurrencePenalty, RequestLimits.MaxOccurrencePenalty),
        PresencePenalty = Real("presence_penalty", options.PresencePenalty, -RequestLimits.MaxOccurrencePenalty, RequestLimits.MaxOccurrencePenalty),
        TopK = options.HasTopK ? Integer("top_k", options.TopK, 0, vocabularySize) : Math.Min(defaults.TopK, vocabularySize),
        MinTokens = options.HasMinTokens ? Integer("min_tokens", options.MinTokens, 0, int.MaxValue) : defaults.MinNewTokens,
        PromptLogprobs = options.HasPromptLogprobs ? Integer("prompt_logprobs", options.PromptLogprobs, 0, RequestLimits.MaxLogprobs) : 0,
        TopLogprobs = options.HasLogprobs ? Integer("logprobs", options.Logprobs, 0, RequestLimits.MaxLogprobs) : -1,
    };

    /// <summary>How many completions of the prompt are asked for.</summary>
    /// <exception cref="RefusedException">It is out of its range.</exception>
    public static int ParseChoices(SamplingOptions options) => options.HasN ? Integer("n", options.N, 1, RequestLimits.MaxChoices) : 1;

    /// <summary>The request's stop tokens and, unless it ignores them, the model's, each once.</summary>
    /// <exception cref="RefusedException">There are too many, or one is not in the vocabulary.</exception>
    public static int[] ParseStopTokens(SamplingOptions options, IReadOnlyList<int> endTokens, int vocabularySize)
    {
        var tokens = options.StopTokenIds;
        if (tokens.Count > RequestLimits.MaxStopTokens)
            throw RefusedException.Invalid($"sampling.stop_token_ids has {tokens.Count} tokens; use at most {RequestLimits.MaxStopTokens}.");
        for (var i = 0; i < tokens.Count; i++)
            Integer($"stop_token_ids[{i}]", tokens[i], 0, vocabularySize - 1);
        return [.. tokens.Concat(options.IgnoreEos ? [] : endTokens).Distinct()];
    }

    /// <exception cref="RefusedException">There are too many, or one is out of its range or of no token.</exception>
    public static TokenBias[] ParseBiases(SamplingOptions options, int vocabularySize)
    {
        var biases = options.LogitBias;
        if (biases.Count > RequestLimits.MaxBiases)
            throw RefusedException.Invalid($"sampling.logit_bias has {biases.Count} tokens; use at most {RequestLimits.MaxBiases}.");
        foreach (var (token, bias) in biases)
        {
            Integer("logit_bias: a token id", token, 0, vocabularySize - 1);
            Real($"logit_bias[{token}]", bias, -RequestLimits.MaxBias, RequestLimits.MaxBias);
        }

        return [.. biases.Select(entry => new TokenBias(entry.Key, entry.Value)).OrderBy(bias => bias.Token)];
    }

    /// <exception cref="RefusedException">There are too many, or one is empty or too long.</exception>
    public static string[] ParseStopStrings(SamplingOptions options)
    {
        var strings = options.Stop;
        if (strings.Count > RequestLimits.MaxStopStrings)
            throw RefusedException.Invalid($"sampling.stop has {strings.Count} strings; use at most {RequestLimits.MaxStopStrings}.");
        for (var i = 0; i < strings.Count; i++)
        {
            if (strings[i].Length is 0 or > RequestLimits.MaxStopStringLength)
                throw RefusedException.Invalid($"sampling.stop[{i}] has {strings[i].Length} UTF-16 code units; use 1 to {RequestLimits.MaxStopStringLength}.");
        }

        return [.. strings.Distinct()];
    }

    /// <summary>The request's own limit, or the model's default as far as the context allows it.</summary>
    /// <param name="context">Most tokens of prompt and completion together.</param>
    /// <exception cref="RefusedException">They would not fit in the context, or are fewer than the least that was asked for.</exception>
    public static int ParseMaxTokens(SamplingOptions options, GenerationDefaults defaults, int promptTokens, int context)
    {
        if (promptTokens >= context)
            throw RefusedException.Invalid($"prompt has {promptTokens} tokens; the context of {context} tokens leaves none for the completion. Shorten it.");
        var left = context - promptTokens;
        var most = options.HasMaxTokens ? Integer("max_tokens", options.MaxTokens, 1, int.MaxValue) : Math.Min(defaults.MaxNewTokens ?? left, left);
        if (most > left)
        {
            throw RefusedException.Invalid(
                $"sampling.max_tokens is {most}; with a prompt of {promptTokens} tokens the context of {context} leaves {left}. Lower it, or shorten the prompt.");
        }

        if (options.HasMinTokens && options.MinTokens > most)
            throw RefusedException.Invalid($"sampling.min_tokens is {options.MinTokens}; max_tokens is {most}. Use 0 to {most}, or raise max_tokens.");
        return most;
    }

    /// <summary>The model's defaults, as a request would spell them.</summary>
    public static SamplingOptions Describe(GenerationDefaults defaults)
    {
        var options = new SamplingOptions
        {
            Temperature = defaults.Temperature,
            TopK = defaults.TopK,
            TopP = defaults.TopP,
            MinP = defaults.MinP,
            RepetitionPenalty = defaults.RepetitionPenalty,
            MinTokens = defaults.MinNewTokens,
        };
        if (defaults.MaxNewTokens is { } most)
            options.MaxTokens = most;
        return options;
    }

    private static int Integer(string field, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw RefusedException.Invalid($"sampling.{field} is {value}; use {least} to {most}.");

    private static float Real(string field, float value, float least, float most) => value >= least && value <= most
        ? value
        : throw RefusedException.Invalid($"sampling.{field} is {value}; use a number from {least} to {most}.");

    private static float AboveZero(string field, float value, float most) => value > 0 && value <= most
        ? value
        : throw RefusedException.Invalid($"sampling.{field} is {value}; use a number above 0, up to {most}.");
}
