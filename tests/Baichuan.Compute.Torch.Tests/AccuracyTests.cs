using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Torch.Tests;

/// <summary>Logits against the float64 reference, beyond the golden families; those of these checkpoints reach 4.4.</summary>
public sealed class AccuracyTests
{
    // The limits are about twice what was measured.
    [Theory]
    [InlineData("tiny", WeightType.F32, KvType.BF16, 0.03f)]
    [InlineData("tiny", WeightType.BF16, KvType.BF16, 0.12f)]
    [InlineData("geometry14b", WeightType.F32, KvType.BF16, 0.03f)]
    [InlineData("geometry14b", WeightType.BF16, KvType.BF16, 0.07f)]
    public void Bf16_stays_near_the_reference(string name, WeightType weights, KvType kvCache, float limit)
    {
        using var runner = TestTorch.Run(name, weights: weights, kvCache: kvCache);
        foreach (var golden in GoldenCases.Load(name))
        {
            runner.Admit(0, golden.Prompt);
            runner.Chunk(0, 0, golden.Prompt.Length, ChunkFlags.Logits);
            AssertNear(golden.Logits, runner.Run(), limit);
            runner.Release(0);
        }
    }

    [Fact]
    public void A_replayed_position_recovers_the_raw_pair_and_writes_nothing()
    {
        using var runner = TestTorch.Run("tiny", tensorParallel: 2);
        var golden = GoldenCases.Load("tiny")[2];
        int[] spoiled = [.. golden.Prompt];
        spoiled[19] = (spoiled[19] + 1) % runner.Plan.Config.VocabularySize;
        runner.Admit(0, golden.Prompt);
        runner.Chunk(0, 0, 20);
        runner.Run();

        // Another token is replayed at the last cached position: were its keys and values written, the second replay would show it.
        runner.Admit(0, spoiled, cached: runner.Detach(0));
        runner.Chunk(0, 19, 1, ChunkFlags.ReplayFirst);
        runner.Run();
        runner.Admit(0, golden.Prompt, cached: runner.Detach(0));
        runner.Chunk(0, 19, 14, ChunkFlags.ReplayFirst | ChunkFlags.Logits);

        AssertNear(golden.Logits[19..], runner.Run(), 2e-4f);
    }

    private static void AssertNear(float[][] expected, StepResult actual, float limit)
    {
        Assert.Equal(expected.Length, actual.LogitRows.Length);
        for (var row = 0; row < expected.Length; row++)
        {
            for (var i = 0; i < expected[row].Length; i++)
                Assert.InRange(actual.Logits(row)[i], expected[row][i] - limit, expected[row][i] + limit);
        }
    }
}
