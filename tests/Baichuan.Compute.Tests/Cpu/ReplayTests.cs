using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>A sequence that resumes from cached blocks goes on as if it had never stopped, bit for bit.</summary>
public sealed class ReplayTests
{
    private const int Length = 45;

    [Theory]
    [InlineData("tiny", 1, 1, KvType.F32)]
    [InlineData("tiny", 2, 2, KvType.BF16)]
    [InlineData("geometry14b", 4, 1, KvType.F32)]
    [InlineData("geometry14b", 3, 4, KvType.F32)]
    public void Replaying_the_last_cached_token_recovers_what_the_convolution_needs(string name, int tensorParallel, int pipelineParallel, KvType cache)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        using var pool = new ComputePool(2);
        using var runner = new ShardGroupRunner(new CpuExecutorFactory(pool), checkpoint, tensorParallel, pipelineParallel, Options(cache));
        var tokens = Schedule.Tokens(0, Length, checkpoint.Config.VocabularySize);
        var expected = Logits(runner, 0, tokens, 0, Length, ChunkFlags.None, new int[Length][]);

        foreach (var stop in new[] { 1, 2, 15, 16, 17, 32, 44 })
        {
            var actual = new int[Length][];
            runner.Reset();
            runner.Admit(0, tokens[..stop], promptLength: 1);
            runner.Chunk(0, 0, stop);
            runner.Run();
            var cached = runner.Detach(0);

            // Another sequence takes the number and its raw state meanwhile.
            runner.Admit(0, Schedule.Tokens(1, 9, checkpoint.Config.VocabularySize));
            runner.Chunk(0, 0, 9);
            runner.Run();
            runner.Release(0);

            runner.Admit(0, tokens, promptLength: 1, cached: cached);
            var middle = Math.Min(stop + 7, Length);
            Logits(runner, 0, tokens, stop - 1, middle, ChunkFlags.ReplayFirst, actual, admit: false);
            Logits(runner, 0, tokens, middle, Length, ChunkFlags.None, actual, admit: false);
            for (var position = stop - 1; position < Length; position++)
                Assert.Equal(expected[position], actual[position]);
        }
    }

    private static ExecutorOptions Options(KvType cache) => new()
    {
        Weights = WeightType.F32,
        KvCache = cache,
        Blocks = new KvBlockCounts(8, 8),
        MaxSequences = 1,
        MaxBatchRows = Length,
        MaxContext = Length,
    };

    private static int[][] Logits(ShardGroupRunner runner, int sequence, int[] tokens, int start, int end, ChunkFlags flags, int[][] into, bool admit = true)
    {
        if (start == end)
            return into;
        if (admit)
            runner.Admit(sequence, tokens);
        runner.Chunk(sequence, start, end - start, flags | ChunkFlags.Logits);
        var result = runner.Run();
        for (var i = 0; i < result.LogitRows.Length; i++)
            into[result.LogitRows[i].Position] = [.. result.Logits(i).ToArray().Select(BitConverter.SingleToInt32Bits)];
        return into;
    }
}
