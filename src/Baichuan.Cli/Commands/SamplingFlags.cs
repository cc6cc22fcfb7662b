using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Baichuan.V1;

namespace Baichuan.Cli.Commands;

/// <summary>The options that become <see cref="SamplingOptions"/>. Limits are the gateway's to check: it knows the model.</summary>
internal sealed class SamplingFlags
{
    private readonly Option<float?> _temperature = Number<float>("--temperature", "0 (always the likeliest token) to 2.");
    private readonly Option<int?> _topK = Number<int>("--top-k", "Draws from this many likeliest tokens; 0: off.");
    private readonly Option<float?> _topP = Number<float>("--top-p", "Draws from the likeliest tokens up to this probability mass; 1: off.");
    private readonly Option<float?> _minP = Number<float>("--min-p", "Draws from tokens of at least this share of the likeliest one's probability; 0: off.");
    private readonly Option<ulong?> _seed = Number<ulong>("--seed", "The same request with the same seed gives the same answer.");
    private readonly Option<float?> _repetitionPenalty = Number<float>("--repetition-penalty", "Makes tokens that occurred before less likely; 1: off.");
    private readonly Option<float?> _frequencyPenalty = Number<float>("--frequency-penalty", "Makes tokens of the answer less likely each time they occur; -2 to 2, 0: off.");
    private readonly Option<float?> _presencePenalty = Number<float>("--presence-penalty", "Makes tokens that occurred in the answer less likely; -2 to 2, 0: off.");
    private readonly Option<string[]> _logitBias = new("--logit-bias")
    {
        Description = "Makes a token likelier or less likely by -100 to 100; may be repeated.",
        HelpName = "ID:BIAS",
        Validators = { result => CheckBiases(result) },
    };

    private readonly Option<int?> _maxTokens = Number<int>("--max-tokens", "Most tokens of the answer.");
    private readonly Option<int?> _minTokens = Number<int>("--min-tokens", "No end-of-text before this many tokens.");
    private readonly Option<int?> _logprobs = Number<int>("--logprobs", "Notes each token's log probability, and this many likeliest tokens; up to 20.");
    private readonly Option<string[]> _stop = new("--stop") { Description = "A text that ends the answer before it; may be repeated.", HelpName = "TEXT" };
    private readonly Option<int[]> _stopTokens = new("--stop-token") { Description = "A token id that ends the answer before it; may be repeated.", HelpName = "ID" };
    private readonly Option<bool> _ignoreEos = new("--ignore-eos") { Description = "Goes on past end-of-text." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _temperature, _topK, _topP, _minP, _seed, _repetitionPenalty, _frequencyPenalty, _presencePenalty, _logitBias, _maxTokens, _minTokens, _stop, _stopTokens, _ignoreEos, _logprobs,
        })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What the command line sets; the rest has the model's defaults.</summary>
    public SamplingOptions Read(ParseResult parsed)
    {
        var sampling = new SamplingOptions();
        if (parsed.GetValue(_temperature) is { } temperature)
            sampling.Temperature = temperature;
        if (parsed.GetValue(_topK) is { } topK)
            sampling.TopK = topK;
        if (parsed.GetValue(_topP) is { } topP)
            sampling.TopP = topP;
        if (parsed.GetValue(_minP) is { } minP)
            sampling.MinP = minP;
        if (parsed.GetValue(_seed) is { } seed)
            sampling.Seed = seed;
        if (parsed.GetValue(_repetitionPenalty) is { } repetitionPenalty)
            sampling.RepetitionPenalty = repetitionPenalty;
        if (parsed.GetValue(_frequencyPenalty) is { } frequencyPenalty)
            sampling.FrequencyPenalty = frequencyPenalty;
        if (parsed.GetValue(_presencePenalty) is { } presencePenalty)
            sampling.PresencePenalty = presencePenalty;
        foreach (var text in parsed.GetValue(_logitBias) ?? [])
        {
            if (ParseBias(text) is { } bias)
                sampling.LogitBias[bias.Token] = bias.Value;
        }

        if (parsed.GetValue(_maxTokens) is { } maxTokens)
            sampling.MaxTokens = maxTokens;
        if (parsed.GetValue(_minTokens) is { } minTokens)
            sampling.MinTokens = minTokens;
        if (parsed.GetValue(_logprobs) is { } logprobs)
            sampling.Logprobs = logprobs;
        if (parsed.GetValue(_ignoreEos))
            sampling.IgnoreEos = true;
        sampling.Stop.AddRange(parsed.GetValue(_stop) ?? []);
        sampling.StopTokenIds.AddRange(parsed.GetValue(_stopTokens) ?? []);
        return sampling;
    }

    private static void CheckBiases(OptionResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (ParseBias(token.Value) is null)
                result.AddError($"--logit-bias: '{token.Value}' is not a token id and a number, such as 1234:-5.");
        }
    }

    private static (int Token, float Value)? ParseBias(string text) =>
        text.Split(':') is [var id, var value]
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var token)
        && float.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var bias)
            ? (token, bias)
            : null;

    private static Option<T?> Number<T>(string name, string description)
        where T : struct, IParsable<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                var text = result.Tokens.Single().Value;
                if (T.TryParse(text, null, out var number))
                    return number;
                result.AddError($"{name}: '{text}' is not a number that fits.");
                return null;
            },
        };
}
