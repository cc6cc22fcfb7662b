using Baichuan.Compute.Cpu;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Execution;

namespace Baichuan.Compute.Sampling;

/// <summary>
/// Draws tokens from rows of logits. The same row, settings and tokens give the same token, wherever and beside whomever it runs. The order of things:
/// log-probabilities of the raw distribution; biases; repetition penalty, once for every token that occurs in prompt or completion; frequency penalty, for
/// every time that a token occurs in the completion, and presence penalty, once for every token that does; stop tokens masked until
/// MinTokens; temperature; then the cuts, each on what the one before left: top-k (the k likeliest), top-p (the fewest likeliest tokens whose share of the
/// remaining mass reaches p), min-p (tokens at least min-p times as likely as the likeliest); then the token at which the sum of probabilities, likeliest
/// first, passes the token's random number. Among equals the lower id comes first, everywhere. Temperature 0 takes the first of all.
/// One per executor; not thread-safe; allocates nothing per row.
/// </summary>
public sealed unsafe class Sampler(int vocabularySize)
{
    private readonly RankedTokens _ranked = new(vocabularySize);
    private readonly float[] _scratch = new float[vocabularySize];
    private readonly int[] _counts = new int[vocabularySize]; // all 0 between rows

    /// <summary>Draws the token that follows <see cref="SamplingRequest.Tokens"/>.</summary>
    /// <param name="logits">[vocabulary]; overwritten.</param>
    /// <param name="topLogprobs">Gets the likeliest tokens' log-probabilities if they are asked for.</param>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or infinite.</exception>
    public SampledToken Sample(Span<float> logits, in SamplingRequest request, List<TokenLogprob> topLogprobs)
    {
        if (logits.Length != vocabularySize)
            throw new ArgumentException($"A row has {logits.Length} logits; the vocabulary has {vocabularySize}.", nameof(logits));
        CheckFinite(logits, request.Sequence, request.Tokens.Length);
        var settings = request.Settings;
        var result = new SampledToken { Sequence = request.Sequence, Position = request.Tokens.Length, TopOffset = topLogprobs.Count };
        var wantsLogprobs = settings.TopLogprobs >= 0;
        var logNormalizer = 0.0;
        if (wantsLogprobs)
        {
            logNormalizer = LogSumExp(logits);
            AddTop(logits, logNormalizer, settings.TopLogprobs, topLogprobs);
            result.TopCount = topLogprobs.Count - result.TopOffset;
            logits.CopyTo(_scratch);
        }

        foreach (ref readonly var bias in request.Biases)
            logits[bias.Token] = Finite(logits[bias.Token] + bias.Bias);
        PenalizeRepetition(logits, request.Settings.RepetitionPenalty, request.Tokens);
        PenalizeOccurrence(logits, request.Settings, request.Tokens[Math.Min(request.PromptLength, request.Tokens.Length)..]);
        MaskStopTokens(logits, request);
        result.Token = Choose(logits, request);
        result.Logprob = wantsLogprobs ? (float)(_scratch[result.Token] - logNormalizer) : 0;
        return result;
    }

    /// <summary>How likely a token that is known already was.</summary>
    /// <param name="logits">[vocabulary], of the position before it.</param>
    /// <param name="top">How many of the likeliest tokens go into <paramref name="topLogprobs"/>.</param>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or infinite.</exception>
    public SampledToken Score(ReadOnlySpan<float> logits, int sequence, int position, int token, int top, List<TokenLogprob> topLogprobs)
    {
        CheckFinite(logits, sequence, position);
        var result = new SampledToken { Sequence = sequence, Position = position, Token = token, TopOffset = topLogprobs.Count };
        var logNormalizer = LogSumExp(logits);
        AddTop(logits, logNormalizer, top, topLogprobs);
        result.TopCount = topLogprobs.Count - result.TopOffset;
        result.Logprob = (float)(logits[token] - logNormalizer);
        return result;
    }

    private static void CheckFinite(ReadOnlySpan<float> logits, int sequence, int position)
    {
        fixed (float* row = logits)
        {
            if (!KernelSet.Best.IsFinite(row, logits.Length))
                throw new NotFiniteNumberException($"The logits of sequence {sequence} for position {position} are not all finite: the weights or the KV cache are damaged.");
        }
    }

    private double LogSumExp(ReadOnlySpan<float> logits)
    {
        var largest = Largest(logits);
        fixed (float* row = logits, exponentials = _scratch)
            KernelSet.Best.Exp(row, largest, 1, exponentials, vocabularySize);
        var sum = 0.0;
        foreach (var value in _scratch)
            sum += value;
        return largest + PortableMath.Log(sum);
    }

    private static void AddTop(ReadOnlySpan<float> logits, double logNormalizer, int count, List<TokenLogprob> top)
    {
        var first = top.Count;
        for (var token = 0; token < logits.Length && count > 0; token++)
        {
            var logprob = (float)(logits[token] - logNormalizer);
            if (top.Count - first == count)
            {
                if (logprob <= top[^1].Logprob)
                    continue;
                top.RemoveAt(top.Count - 1);
            }

            var place = top.Count;
            while (place > first && top[place - 1].Logprob < logprob)
                place--;
            top.Insert(place, new TokenLogprob(token, logprob));
        }
    }

    private void PenalizeRepetition(Span<float> logits, float penalty, ReadOnlySpan<int> tokens)
    {
        if (penalty == 1)
            return;
        foreach (var token in tokens)
        {
            if (_counts[token]++ == 0)
                logits[token] = Finite(logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty);
        }

        foreach (var token in tokens)
            _counts[token] = 0;
    }

    private void PenalizeOccurrence(Span<float> logits, in SamplingSettings settings, ReadOnlySpan<int> completion)
    {
        if (settings.FrequencyPenalty == 0 && settings.PresencePenalty == 0)
            return;
        foreach (var token in completion)
            _counts[token]++;
        foreach (var token in completion)
        {
            // Counted first and subtracted once: the order in which tokens came changes no bit.
            var count = _counts[token];
            if (count == 0)
                continue;
            logits[token] = Finite(logits[token] - (settings.FrequencyPenalty * count) - settings.PresencePenalty);
            _counts[token] = 0;
        }
    }

    private static float Finite(float logit) => Math.Clamp(logit, float.MinValue, float.MaxValue);

    private static void MaskStopTokens(Span<float> logits, in SamplingRequest request)
    {
        // A mask as long as the vocabulary could leave nothing to draw.
        if (request.Tokens.Length - request.PromptLength >= request.Settings.MinTokens || request.StopTokens.Length >= logits.Length)
            return;
        foreach (var token in request.StopTokens)
            logits[token] = float.NegativeInfinity;
    }

    private int Choose(ReadOnlySpan<float> logits, in SamplingRequest request)
    {
        var settings = request.Settings;
        var largest = Largest(logits);
        var inverseTemperature = 1 / settings.Temperature;
        if (float.IsInfinity(inverseTemperature))
            return logits.IndexOf(largest);
        _ranked.Load(logits, largest, inverseTemperature);
        if (settings.TopK > 0 && settings.TopK < vocabularySize)
            _ranked.KeepCount(settings.TopK);
        if (settings.TopP < 1)
            _ranked.KeepMass(settings.TopP);
        if (settings.MinP > 0)
            _ranked.KeepNear(settings.MinP);
        return _ranked.Draw(TokenRandom.Uniform(settings.Seed, settings.Choice, request.Tokens.Length));
    }

    private static float Largest(ReadOnlySpan<float> logits)
    {
        fixed (float* row = logits)
            return KernelSet.Best.Largest(row, logits.Length);
    }
}
