using System.CommandLine;
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
            _temperature, _topK, _topP, _minP, _seed, _repetitionPenalty, _maxTokens, _minTokens, _stop, _stopTokens, _ignoreEos, _logprobs,
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
