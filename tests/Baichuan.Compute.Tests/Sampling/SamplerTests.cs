using Baichuan.Compute.Sampling;
using Baichuan.Model.Execution;
using CsCheck;

namespace Baichuan.Compute.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly Gen<float> Temperatures = OneOf(0, 0.1f, 0.7f, 1, 2);

    private static readonly Gen<float> MinPs = OneOf(0, 0, 0.013f, 0.3f, 0.99f);

    private static readonly Gen<SamplingSettings> Settings = Gen.Select(
        Gen.ULong, Temperatures, Gen.Float[0.01f, 1f], MinPs, Gen.Int[0, 12], Gen.Int[0, 3],
        (seed, temperature, topP, minP, topK, choice) => new SamplingSettings
        {
            Seed = seed,
            Temperature = temperature,
            TopP = choice == 0 ? 1 : topP,
            MinP = minP,
            TopK = topK,
            Choice = choice,
            RepetitionPenalty = 1 + (0.25f * choice),
            FrequencyPenalty = 0.3f * (choice - 1),
            PresencePenalty = 0.5f * (2 - choice),
            MinTokens = choice * 3,
            TopLogprobs = -1,
        });

    [Fact]
    public void Any_settings_draw_what_the_plain_definition_draws() =>
        Gen.Select(Gen.Float[-6, 6].Array[2, 60], Settings, Gen.Int[0, 1 << 20].Array[0, 20], Gen.Int[0, 1 << 20].Array[0, 3], Gen.Float[-100, 100].Array[0, 3]).Sample(
            (logits, settings, tokens, stops, biases) =>
            {
                // Some equal logits, so that ties are met.
                for (var i = 0; i + 5 < logits.Length; i += 5)
                    logits[i + 5] = logits[i];
                tokens = [.. tokens.Select(t => t % logits.Length)];
                stops = [.. stops.Select(t => t % logits.Length).Distinct().Where(_ => logits.Length > 4)];
                var promptLength = tokens.Length / 2;
                TokenBias[] biased = [.. biases.Index().Where(b => b.Index < logits.Length).Select(b => new TokenBias(logits.Length - 1 - b.Index, b.Item))];
                var expected = PlainSampler.Sample(logits, settings, tokens, promptLength, stops, biased);
                return Sample(logits, settings, tokens, promptLength, stops, biased).Token == expected;
            },
            iter: 3000);

    [Fact]
    public void Temperature_zero_takes_the_likeliest_and_the_lowest_id_among_equals() =>
        Assert.Equal(2, Sample([1, 3, 5, 5, 4], SamplingSettings.Greedy).Token);

    [Fact]
    public void A_temperature_too_small_to_divide_by_is_greedy() =>
        Assert.Equal(1, Sample([1, 2], SamplingSettings.Greedy with { Temperature = 1e-40f }).Token);

    [Fact]
    public void The_same_seed_choice_and_position_draw_the_same_token_and_others_others()
    {
        var logits = new float[1000];
        var settings = SamplingSettings.Greedy with { Temperature = 1, Seed = 7 };
        var first = Sample(logits, settings, [1, 2, 3]).Token;
        Assert.Equal(first, Sample(logits, settings, [4, 5, 6]).Token);
        Assert.NotEqual(first, Sample(logits, settings, [1, 2, 3, 4]).Token);
        Assert.NotEqual(first, Sample(logits, settings with { Seed = 8 }, [1, 2, 3]).Token);
        Assert.NotEqual(first, Sample(logits, settings with { Choice = 1 }, [1, 2, 3]).Token);
    }

    [Fact]
    public void Tokens_are_drawn_as_often_as_they_are_likely()
    {
        float[] logits = [MathF.Log(0.5f), MathF.Log(0.3f), MathF.Log(0.2f)];
        var counts = new int[3];
        var sampler = new Sampler(3);
        var settings = SamplingSettings.Greedy with { Temperature = 1, Seed = 3 };
        for (var choice = 0; choice < 20_000; choice++)
            counts[sampler.Sample([.. logits], Request(settings with { Choice = choice }, [0, 1], 0, []), []).Token]++;
        Assert.InRange(counts[0], 9_700, 10_300);
        Assert.InRange(counts[1], 5_700, 6_300);
    }

    [Fact]
    public void Random_numbers_are_uniform()
    {
        var numbers = Enumerable.Range(0, 100_000).Select(i => TokenRandom.Uniform(42, 0, i)).ToArray();
        Assert.All(numbers, n => Assert.InRange(n, 0, 0.9999999999999999));
        Assert.All(numbers.GroupBy(n => (int)(n * 10)), decile => Assert.InRange(decile.Count(), 9_600, 10_400));
    }

    [Fact]
    public void Top_k_of_one_is_greedy_at_any_temperature() =>
        Assert.Equal(1, Sample([1, 9, 8.9f], SamplingSettings.Greedy with { Temperature = 2, TopK = 1 }).Token);

    [Fact]
    public void Stop_tokens_are_impossible_before_the_least_completion_length()
    {
        var settings = SamplingSettings.Greedy with { MinTokens = 2 };
        Assert.Equal(0, Sample([1, 5], settings, [0, 0, 0], promptLength: 2, stops: [1]).Token);
        Assert.Equal(1, Sample([1, 5], settings, [0, 0, 0, 0], promptLength: 2, stops: [1]).Token);
    }

    [Fact]
    public void Stop_tokens_that_would_leave_nothing_are_not_masked() =>
        Assert.Equal(1, Sample([1, 5], SamplingSettings.Greedy with { MinTokens = 5 }, stops: [0, 1]).Token);

    [Fact]
    public void A_repeated_token_is_penalized_once_whatever_its_sign()
    {
        var settings = SamplingSettings.Greedy with { RepetitionPenalty = 2 };
        Assert.Equal(1, Sample([4, 2.5f, 1], settings, [0, 0, 0]).Token);
        Assert.Equal(0, Sample([4, 1.9f, 1], settings, [0, 0, 0]).Token);
        Assert.Equal(1, Sample([-1, -1.5f], settings, [0, 0]).Token);
    }

    [Fact]
    public void Frequency_and_presence_penalties_count_the_completion_alone()
    {
        int[] tokens = [0, 0, 0, 1, 1, 2]; // the prompt is three times 0
        Assert.Equal(0, Sample([3, 3.5f, 2], SamplingSettings.Greedy with { FrequencyPenalty = 0.5f }, tokens, promptLength: 3).Token);
        Assert.Equal(1, Sample([2.4f, 3.5f, 2], SamplingSettings.Greedy with { FrequencyPenalty = 0.5f }, tokens, promptLength: 3).Token);
        Assert.Equal(1, Sample([2.9f, 3.5f, 2], SamplingSettings.Greedy with { PresencePenalty = 0.5f }, tokens, promptLength: 3).Token);
        Assert.Equal(2, Sample([3, 3.5f, 2], SamplingSettings.Greedy with { FrequencyPenalty = -2, PresencePenalty = -1 }, [2, 2, 2], promptLength: 1).Token);
    }

    [Fact]
    public void A_bias_comes_before_penalties_and_never_makes_a_stop_token_possible()
    {
        Assert.Equal(1, Sample([5, 4], SamplingSettings.Greedy, biases: [new(1, 1.5f)]).Token);
        Assert.Equal(0, Sample([5, 4], SamplingSettings.Greedy with { RepetitionPenalty = 2 }, [1], biases: [new(1, 1.5f)]).Token);
        Assert.Equal(0, Sample([5, 4, 1], SamplingSettings.Greedy with { MinTokens = 1 }, stops: [1], biases: [new(1, 100)]).Token);
    }

    [Fact]
    public void Log_probabilities_are_those_of_the_raw_distribution()
    {
        float[] logits = [2, -1, 3, 0.5f, 3];
        var normalizer = Math.Log(logits.Sum(l => Math.Exp(l)));
        var top = new List<TokenLogprob> { new(99, 0) };
        var settings = SamplingSettings.Greedy with { TopLogprobs = 3, RepetitionPenalty = 5, Temperature = 0.1f };
        var token = new Sampler(5).Sample([.. logits], Request(settings, [2, 4], 0, []), top);
        Assert.Equal(0, token.Token);
        Assert.Equal(2 - normalizer, token.Logprob, 1e-6);
        Assert.Equal((1, 3), (token.TopOffset, token.TopCount));
        Assert.Equal([2, 4, 0], top.Skip(1).Select(t => t.Token));
        Assert.Equal(3 - normalizer, top[1].Logprob, 1e-6);
    }

    [Fact]
    public void Zero_top_log_probabilities_bring_that_of_the_token_alone()
    {
        var top = new List<TokenLogprob>();
        var token = new Sampler(2).Sample([0f, 0f], Request(SamplingSettings.Greedy with { TopLogprobs = 0 }, [], 0, []), top);
        Assert.Equal(-Math.Log(2), token.Logprob, 1e-6);
        Assert.Empty(top);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Logits_that_are_not_finite_are_refused_with_a_sentence(float logit)
    {
        var refusal = Assert.Throws<NotFiniteNumberException>(() => Sample([1, logit, 2], SamplingSettings.Greedy, [0, 1]));
        Assert.Contains("sequence 5 for position 2", refusal.Message);
    }

    [Fact]
    public void Sampling_allocates_nothing()
    {
        var sampler = new Sampler(5000);
        var logits = Enumerable.Range(0, 5000).Select(i => (float)Math.Sin(i)).ToArray();
        var row = new float[5000];
        var settings = new SamplingSettings { Temperature = 0.8f, TopP = 0.9f, TopK = 400, MinP = 0.01f, RepetitionPenalty = 1.1f, FrequencyPenalty = 0.1f, PresencePenalty = 0.1f, TopLogprobs = 5, MinTokens = 9 };
        var top = new List<TokenLogprob>(8);
        int[] tokens = [1, 2, 3];
        var before = 0L;
        for (var i = 0; i < 60; i++)
        {
            if (i == 30)
                before = GC.GetAllocatedBytesForCurrentThread();
            logits.CopyTo(row, 0);
            top.Clear();
            sampler.Sample(row, Request(settings, tokens, 3, tokens), top);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Gen<float> OneOf(params float[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static SampledToken Sample(float[] logits, SamplingSettings settings, int[]? tokens = null, int promptLength = 0, int[]? stops = null, TokenBias[]? biases = null) =>
        new Sampler(logits.Length).Sample([.. logits], Request(settings, tokens ?? [], promptLength, stops ?? [], biases), []);

    private static SamplingRequest Request(SamplingSettings settings, int[] tokens, int promptLength, int[] stops, TokenBias[]? biases = null) => new()
    {
        Sequence = 5,
        Tokens = tokens,
        PromptLength = promptLength,
        StopTokens = stops,
        Biases = biases,
        Settings = settings,
    };
}
