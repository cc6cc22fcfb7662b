using Baichuan.Compute.Sampling;
using Baichuan.Model.Execution;

namespace Baichuan.Compute.Tests.Sampling;

/// <summary>The sampler's definition, written down plainly: sort everything, cut, sum up, draw.</summary>
internal static class PlainSampler
{
    public static int Sample(float[] logits, SamplingSettings settings, int[] tokens, int promptLength, int[] stopTokens, TokenBias[]? biases = null)
    {
        logits = [.. logits];
        foreach (var bias in biases ?? [])
            logits[bias.Token] += bias.Bias;
        foreach (var token in tokens.Distinct().Where(_ => settings.RepetitionPenalty != 1))
            logits[token] = logits[token] > 0 ? logits[token] / settings.RepetitionPenalty : logits[token] * settings.RepetitionPenalty;
        foreach (var (token, count) in tokens.Skip(promptLength).CountBy(token => token))
            logits[token] = logits[token] - (settings.FrequencyPenalty * count) - settings.PresencePenalty;
        foreach (var token in stopTokens.Where(_ => tokens.Length - promptLength < settings.MinTokens))
            logits[token] = float.NegativeInfinity;
        var largest = logits.Max();
        if (settings.Temperature == 0)
            return Array.IndexOf(logits, largest);

        var ranked = logits.Select((logit, token) => (Token: token, Distance: (largest - logit) * (1 / settings.Temperature)))
            .OrderBy(t => t.Distance).ThenBy(t => t.Token)
            .Select(t => (t.Token, t.Distance, Mass: Math.Exp(-t.Distance)))
            .ToList();
        if (settings.TopK > 0)
            ranked = [.. ranked.Take(settings.TopK)];
        if (settings.TopP < 1)
        {
            var (target, sum) = (settings.TopP * ranked.Sum(t => t.Mass), 0.0);
            ranked = [.. ranked.TakeWhile(t => (sum += t.Mass) - t.Mass < target)];
        }

        ranked = [.. ranked.Where(t => t.Mass >= settings.MinP)];
        var (aim, passed) = (TokenRandom.Uniform(settings.Seed, settings.Choice, tokens.Length) * ranked.Sum(t => t.Mass), 0.0);
        return ranked.First(t => (passed += t.Mass) > aim).Token;
    }
}
