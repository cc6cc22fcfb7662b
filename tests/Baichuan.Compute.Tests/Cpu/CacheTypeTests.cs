using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>What a cache in bf16 costs: its rounding is 2^-9 of a key or value, and nothing else is rounded.</summary>
public sealed class CacheTypeTests
{
    private const float Tolerance = 0.05f;

    [Theory]
    [InlineData("tiny")]
    [InlineData("geometry14b")]
    public void Logits_with_a_bf16_cache_stay_near_the_reference(string name)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        using var pool = new ComputePool(2);
        using var runner = new ShardGroupRunner(new CpuExecutorFactory(pool), checkpoint, 1, 1, Options);
        var largest = 0f;
        foreach (var golden in GoldenCases.Load(name))
        {
            runner.Admit(0, golden.Prompt);
            runner.Chunk(0, 0, golden.Prompt.Length, ChunkFlags.Logits);
            var result = runner.Run();
            for (var i = 0; i < golden.Prompt.Length; i++)
            {
                for (var token = 0; token < golden.Logits[i].Length; token++)
                    largest = Math.Max(largest, Math.Abs(golden.Logits[i][token] - result.Logits(i)[token]));
            }

            runner.Release(0);
        }

        // Above the f32 tolerance: the cache really is in bf16.
        Assert.InRange(largest, 2e-4f, Tolerance);
    }

    private static ExecutorOptions Options { get; } = new()
    {
        Weights = WeightType.F32,
        KvCache = KvType.BF16,
        Blocks = new KvBlockCounts(4, 4),
        MaxSequences = 1,
        MaxBatchRows = 64,
        MaxContext = 64,
    };
}
