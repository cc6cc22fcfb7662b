using Baichuan.Compute.Cpu;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;
using Baichuan.Testing;
using CsCheck;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>A row's logits have the same bits whatever ran beside it, however its sequence was cut, wherever its blocks lie, and for every layout.</summary>
public sealed class SameBytesTests
{
    private static readonly (int TensorParallel, int PipelineParallel)[] Layouts =
        [.. from t in new[] { 1, 2, 4 } from p in new[] { 1, 2, 3, 4 } select (t, p)];

    private static readonly int[] Lengths = [37, 3, 50, 18];

    public static TheoryData<string, WeightType, KvType> Types()
    {
        var types = new TheoryData<string, WeightType, KvType>();
        foreach (var weights in Enum.GetValues<WeightType>())
        {
            foreach (var cache in Enum.GetValues<KvType>())
                types.Add(((int)weights + (int)cache) % 2 == 0 ? "tiny" : "geometry14b", weights, cache);
        }

        return types;
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Random_schedules_layouts_threads_and_placements_give_the_bits_of_a_sequence_run_alone(string name, WeightType weights, KvType cache)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        var alone = Alone(checkpoint, weights, cache);
        Gen.Select(Gen.Int[0, Layouts.Length - 1].Select(i => Layouts[i]), Gen.Int[1, 3], Gen.Int, Gen.Int[0, 20].Array[1, 9], Gen.Int[1, 4]).Sample(
            (layout, threads, placement, cuts, sequences) =>
            {
                using var pool = new ComputePool(threads);
                using var runner = new ShardGroupRunner(
                    new CpuExecutorFactory(pool), checkpoint, layout.TensorParallel, layout.PipelineParallel, Options(weights, cache), placement);
                var logits = new Schedule(Lengths[..sequences], cuts).Run(runner);
                for (var s = 0; s < sequences; s++)
                    AssertSame(alone[s], logits[s]);
            },
            iter: 25,
            threads: 1);
    }

    [Fact]
    public void Bf16_weights_of_a_bf16_checkpoint_have_the_bits_of_f32()
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("geometry14b"));
        var wide = Alone(checkpoint, WeightType.F32, KvType.F32);
        var narrow = Alone(checkpoint, WeightType.BF16, KvType.F32);
        for (var s = 0; s < Lengths.Length; s++)
            AssertSame(wide[s], narrow[s]);
    }

    [Theory]
    [InlineData("tiny", WeightType.INT4, KvType.F32)]
    [InlineData("geometry14b", WeightType.BF16, KvType.BF16)]
    [InlineData("geometry14b", WeightType.INT8, KvType.BF16)]
    public void Every_instruction_set_has_the_bits_of_the_scalar_twin(string name, WeightType weights, KvType cache)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        using var pool = new ComputePool(2);
        var results = KernelSet.Supported.Select(kernels =>
        {
            using var runner = new ShardGroupRunner(new CpuExecutorFactory(pool, kernels), checkpoint, 1, 1, Options(weights, cache));
            return new Schedule(Lengths, [16, 1, 5]).Run(runner);
        }).ToList();
        foreach (var result in results)
        {
            for (var s = 0; s < Lengths.Length; s++)
                AssertSame(results[^1][s], result[s]);
        }
    }

    /// <summary>Every sequence on its own, whole, on one shard and one thread.</summary>
    private static int[][][] Alone(ModelCheckpoint checkpoint, WeightType weights, KvType cache)
    {
        using var pool = new ComputePool(1);
        using var runner = new ShardGroupRunner(new CpuExecutorFactory(pool), checkpoint, 1, 1, Options(weights, cache));
        return [.. Lengths.Select((length, s) => new Schedule([.. new int[s], length], [length]).Run(runner)[s])];
    }

    private static ExecutorOptions Options(WeightType weights, KvType cache) => new()
    {
        Weights = weights,
        KvCache = cache,
        Blocks = new KvBlockCounts(24, 24),
        MaxSequences = 4,
        MaxBatchRows = 80,
        MaxContext = 64,
    };

    private static void AssertSame(int[][] expected, int[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var position = 0; position < expected.Length; position++)
            Assert.True(expected[position].AsSpan().SequenceEqual(actual[position]), $"The logits of position {position} have other bits.");
    }
}
