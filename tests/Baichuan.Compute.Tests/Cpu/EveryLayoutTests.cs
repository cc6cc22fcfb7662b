using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>All layouts times all chunkings, none left to chance; <see cref="SameBytesTests"/> adds neighbours, threads and placements at random.</summary>
public sealed class EveryLayoutTests
{
    private const int DecodeSteps = 4;

    [Theory]
    [InlineData("tiny", WeightType.F32, KvType.F32)]
    [InlineData("geometry14b", WeightType.BF16, KvType.BF16)]
    [InlineData("geometry14b", WeightType.INT8, KvType.BF16)]
    [InlineData("tiny", WeightType.INT4, KvType.F32)]
    public void Every_layout_and_chunking_has_the_bits_of_one_shard_and_a_whole_prompt(string name, WeightType weights, KvType cache)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        using var pool = new ComputePool(2);
        var prompt = GoldenCases.Load(name).MaxBy(c => c.Prompt.Length)!.Prompt; // longer than two chunks of 16 and both models' windows
        int[][]? expected = null;
        foreach (var tensorParallel in new[] { 1, 2, 4 })
        {
            foreach (var pipelineParallel in new[] { 1, 2, 3, 4 })
            {
                using var runner = new ShardGroupRunner(
                    new CpuExecutorFactory(pool), checkpoint, tensorParallel, pipelineParallel, Options(prompt.Length, weights, cache));
                foreach (var chunk in new[] { prompt.Length, 1, 5, 16 })
                {
                    var actual = Run(runner, prompt, chunk);
                    expected ??= actual; // one shard, whole: the first of all
                    for (var position = 0; position < expected.Length; position++)
                    {
                        Assert.True(
                            expected[position].AsSpan().SequenceEqual(actual[position]),
                            $"T={tensorParallel}, P={pipelineParallel}, chunks of {chunk}: the logits of position {position} have other bits.");
                    }
                }
            }
        }
    }

    private static ExecutorOptions Options(int promptLength, WeightType weights, KvType cache) => new()
    {
        Weights = weights,
        KvCache = cache,
        Blocks = new KvBlockCounts(4, 4),
        MaxSequences = 1,
        MaxBatchRows = promptLength,
        MaxContext = promptLength + DecodeSteps + 1,
    };

    /// <summary>Prefills the prompt in chunks, decodes greedily, and returns the bits of the logits: [prompt + decoded][vocabulary].</summary>
    private static int[][] Run(ShardGroupRunner runner, int[] prompt, int chunk)
    {
        var logits = new List<int[]>();
        var last = 0;
        runner.Admit(0, prompt);
        while (logits.Count < prompt.Length)
        {
            var count = Math.Min(chunk, prompt.Length - logits.Count);
            var ends = logits.Count + count == prompt.Length;
            runner.Chunk(0, logits.Count, count, ends ? ChunkFlags.Logits | ChunkFlags.Sample : ChunkFlags.Logits);
            last = Step(runner, count, logits);
        }

        for (var n = 0; n < DecodeSteps; n++)
        {
            runner.Chunk(0, logits.Count, 1, ChunkFlags.Logits | ChunkFlags.Sample, last);
            last = Step(runner, 1, logits);
        }

        runner.Reset();
        return [.. logits];
    }

    /// <summary>Runs a step, appends the bits of its rows, and returns the sampled token (-1 where none was asked for).</summary>
    private static int Step(ShardGroupRunner runner, int rows, List<int[]> logits)
    {
        var result = runner.Run();
        Assert.Equal(rows, result.LogitRows.Length);
        for (var i = 0; i < rows; i++)
        {
            Assert.Equal(new RowLogits(0, logits.Count), result.LogitRows[i]);
            logits.Add([.. result.Logits(i).ToArray().Select(BitConverter.SingleToInt32Bits)]);
        }

        return result.Sampled.IsEmpty ? -1 : result.Sampled[0].Token;
    }
}
