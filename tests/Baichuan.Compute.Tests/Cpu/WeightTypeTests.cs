using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>
/// The golden cases with rounded weights, at every tensor parallelism. The tolerance is the root mean square of the logits' errors over that of
/// the float64 reference's logits; these small models of random weights are the worst case. What rounding costs a trained model is measured by <c>baichuan-server perplexity</c>.
/// </summary>
public sealed class WeightTypeTests
{
    [Theory]
    [InlineData("tiny", WeightType.INT8, 0.04)]
    [InlineData("tiny", WeightType.INT4, 0.5)]
    [InlineData("geometry14b", WeightType.INT8, 0.04)]
    [InlineData("geometry14b", WeightType.INT4, 0.5)]
    public void Logits_stay_within_the_tolerance_of_the_weight_type(string name, WeightType weights, double tolerance)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        using var pool = new ComputePool(2);
        foreach (var tensorParallel in new[] { 1, 2, 3, 4 })
        {
            using var runner = new ShardGroupRunner(new CpuExecutorFactory(pool), checkpoint, tensorParallel, 1, Options(weights));
            var (errors, squares) = (0.0, 0.0);
            foreach (var golden in GoldenCases.Load(name))
            {
                runner.Admit(0, golden.Prompt);
                runner.Chunk(0, 0, golden.Prompt.Length, ChunkFlags.Logits);
                var result = runner.Run();
                for (var i = 0; i < golden.Prompt.Length; i++)
                {
                    for (var token = 0; token < golden.Logits[i].Length; token++)
                    {
                        errors += Math.Pow(golden.Logits[i][token] - result.Logits(i)[token], 2);
                        squares += Math.Pow(golden.Logits[i][token], 2);
                    }
                }

                runner.Release(0);
            }

            // Well above what f32 gives: the weights really are rounded.
            Assert.InRange(Math.Sqrt(errors / squares), tolerance / 3, tolerance);
        }
    }

    private static ExecutorOptions Options(WeightType weights) => new()
    {
        Weights = weights,
        KvCache = KvType.F32,
        Blocks = new KvBlockCounts(4, 4),
        MaxSequences = 1,
        MaxBatchRows = 64,
        MaxContext = 64,
    };
}
