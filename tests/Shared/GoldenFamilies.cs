using Baichuan.Compute;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Testing;

/// <summary>
/// What every executor must do with the golden checkpoints, at every tensor and pipeline parallelism: the float64 reference's logits at every position,
/// however the prompt is cut, and its greedy continuations. A test project derives a class from this one and links tests/data/golden into its output
/// under data/golden.
/// </summary>
public abstract class GoldenFamilies
{
    /// <summary>Largest absolute error of a logit in f32.</summary>
    private const float Tolerance = 2e-4f;

    public static TheoryData<string, int, int> Layouts()
    {
        var layouts = new TheoryData<string, int, int>();
        foreach (var name in new[] { "tiny", "geometry14b" })
        {
            foreach (var tensorParallel in new[] { 1, 2, 3, 4 })
            {
                foreach (var pipelineParallel in new[] { 1, 2, 4 })
                    layouts.Add(name, tensorParallel, pipelineParallel);
            }
        }

        return layouts;
    }

    protected abstract IShardExecutorFactory Factory { get; }

    protected virtual ExecutorOptions Options { get; } = new()
    {
        Weights = WeightType.F32,
        KvCache = KvType.F32,
        Blocks = new KvBlockCounts(24, 24),
        MaxSequences = 4,
        MaxBatchRows = 64,
        MaxContext = 96,
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Logits_of_every_position_match_the_reference_however_the_prompt_is_cut(string name, int tensorParallel, int pipelineParallel)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        using var runner = new ShardGroupRunner(Factory, checkpoint, tensorParallel, pipelineParallel, Options);
        foreach (var golden in GoldenCases.Load(name))
        {
            foreach (var chunk in new[] { golden.Prompt.Length, 1, 5, 16 })
            {
                runner.Admit(0, golden.Prompt);
                for (var start = 0; start < golden.Prompt.Length; start += chunk)
                {
                    var count = Math.Min(chunk, golden.Prompt.Length - start);
                    runner.Chunk(0, start, count, ChunkFlags.Logits);
                    var result = runner.Run();
                    Assert.Equal(count, result.LogitRows.Length);
                    for (var i = 0; i < count; i++)
                    {
                        Assert.Equal(new RowLogits(0, start + i), result.LogitRows[i]);
                        AssertClose(golden.Logits[start + i], result.Logits(i));
                    }
                }

                runner.Release(0);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Greedy_continuations_are_those_of_the_reference(string name, int tensorParallel, int pipelineParallel)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        using var runner = new ShardGroupRunner(Factory, checkpoint, tensorParallel, pipelineParallel, Options);
        var cases = GoldenCases.Load(name);
        // All cases side by side: a prefill, then decode rows of different lengths in one step.
        for (var i = 0; i < cases.Count; i++)
        {
            runner.Admit(i, cases[i].Prompt);
            runner.Chunk(i, 0, cases[i].Prompt.Length, ChunkFlags.Sample);
        }

        for (var n = 0; n < cases[0].Greedy.Length; n++)
        {
            var result = runner.Run();
            Assert.Equal(cases.Count, result.Sampled.Length);
            for (var i = 0; i < cases.Count; i++)
            {
                var token = result.Sampled[i];
                Assert.Equal(i, token.Sequence);
                Assert.Equal(cases[i].Prompt.Length + n, token.Position);
                Assert.Equal(cases[i].Greedy[n], token.Token);
                runner.Chunk(i, token.Position, 1, ChunkFlags.Sample, token.Token);
            }
        }
    }

    [Fact]
    public void Penalties_and_biases_follow_from_the_token_list_and_so_survive_a_readmission()
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
        using var runner = new ShardGroupRunner(Factory, checkpoint, 2, 2, Options);
        var golden = GoldenCases.Load("tiny")[0];
        var settings = SamplingSettings.Greedy with { FrequencyPenalty = 0.7f, PresencePenalty = 0.4f };
        TokenBias[] biases = [new(golden.Greedy[0], -100), new(7, 1.5f)];
        List<int> tokens = [.. golden.Prompt];
        runner.Admit(0, golden.Prompt, sampling: settings, biases: biases);
        var start = 0;
        while (tokens.Count < golden.Prompt.Length + 24)
        {
            runner.Chunk(0, start, tokens.Count - start, ChunkFlags.Sample | ChunkFlags.Logits, start == 0 ? [] : [tokens[^1]]);
            var result = runner.Run();
            Assert.Equal(Plain(result.Logits(result.LogitRows.Length - 1), tokens, golden.Prompt.Length, settings, biases), result.Sampled[0].Token);
            start = tokens.Count;
            tokens.Add(result.Sampled[0].Token);
        }

        foreach (var known in (int[])[golden.Prompt.Length + 1, golden.Prompt.Length + 9, golden.Prompt.Length + 23])
        {
            runner.Release(0);
            runner.Admit(0, [.. tokens[..known]], golden.Prompt.Length, settings, biases: biases);
            runner.Chunk(0, 0, known, ChunkFlags.Sample);
            Assert.Equal(tokens[known], runner.Run().Sampled[0].Token);
        }

        Assert.True(tokens.Skip(golden.Prompt.Length).Distinct().Count() > 12, "The penalties changed nothing.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(64)]
    public void A_prompts_tokens_are_scored_by_the_logits_before_them_however_the_prompt_is_cut(int chunk)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
        using var runner = new ShardGroupRunner(Factory, checkpoint, 2, 2, Options);
        var golden = GoldenCases.Load("tiny")[0];
        runner.Admit(0, golden.Prompt, sampling: SamplingSettings.Greedy with { PromptLogprobs = 2 });
        var scored = 0;
        for (var start = 0; start < golden.Prompt.Length; start += chunk)
        {
            runner.Chunk(0, start, Math.Min(chunk, golden.Prompt.Length - start), ChunkFlags.Score | (start + chunk >= golden.Prompt.Length ? ChunkFlags.Sample : 0));
            var result = runner.Run();
            foreach (var token in result.Scored)
            {
                var logits = golden.Logits[scored++];
                var normalizer = Math.Log(logits.Sum(logit => Math.Exp(logit)));
                Assert.Equal((scored, golden.Prompt[scored]), (token.Position, token.Token));
                Assert.Equal(logits[token.Token] - normalizer, token.Logprob, 1e-3);
                Assert.Equal(2, token.TopCount);
                Assert.Equal(logits.Max() - normalizer, result.TopLogprobs(token)[0].Logprob, 1e-3);
            }
        }

        Assert.Equal(golden.Prompt.Length - 1, scored);
    }

    /// <summary>The likeliest token by the definition of biases and penalties.</summary>
    private static int Plain(ReadOnlySpan<float> row, List<int> tokens, int promptLength, SamplingSettings settings, TokenBias[] biases)
    {
        var logits = row.ToArray();
        foreach (var bias in biases)
            logits[bias.Token] += bias.Bias;
        foreach (var (token, count) in tokens.Skip(promptLength).CountBy(token => token))
            logits[token] -= (settings.FrequencyPenalty * count) + settings.PresencePenalty;
        return Array.IndexOf(logits, logits.Max());
    }

    [Theory]
    [InlineData("tiny", 1, 1)]
    [InlineData("tiny", 2, 2)]
    [InlineData("geometry14b", 3, 4)]
    public void Nothing_is_left_in_a_zeroed_block(string name, int tensorParallel, int pipelineParallel)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        using var runner = new ShardGroupRunner(Factory, checkpoint, tensorParallel, pipelineParallel, Options);
        // Two histories of one length that end with the same token. A replayed row sees nothing but the cache: zeroed, it cannot tell them apart.
        int[][] histories = [[.. Enumerable.Range(3, 34), 7], [.. Enumerable.Range(90, 34), 7]];
        Assert.NotEqual(LogitsAtEnd(runner, histories[0], zeroed: false), LogitsAtEnd(runner, histories[1], zeroed: false));
        Assert.Equal(LogitsAtEnd(runner, histories[0], zeroed: true), LogitsAtEnd(runner, histories[1], zeroed: true));
    }

    private static float[] LogitsAtEnd(ShardGroupRunner runner, int[] tokens, bool zeroed)
    {
        runner.Admit(0, tokens);
        runner.Chunk(0, 0, tokens.Length);
        runner.Run();
        var cached = runner.Detach(0);
        runner.Admit(0, tokens, cached: cached);
        foreach (var kind in Enum.GetValues<LayerKind>())
        {
            foreach (var block in cached.Of(kind).Where(_ => zeroed))
                runner.Batch.Zero(kind, block);
        }

        runner.Chunk(0, tokens.Length - 1, 1, ChunkFlags.ReplayFirst | ChunkFlags.Logits);
        var logits = runner.Run().Logits(0).ToArray();
        runner.Release(0);
        return logits;
    }

    private static void AssertClose(float[] expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(actual[i], expected[i] - Tolerance, expected[i] + Tolerance);
    }
}
