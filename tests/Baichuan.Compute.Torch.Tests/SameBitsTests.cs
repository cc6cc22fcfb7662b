using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Torch.Tests;

/// <summary>The determinism that <see cref="TorchExecutor"/> promises: same steps, same bits.</summary>
public sealed class SameBitsTests
{
    private static readonly IReadOnlyList<GoldenCase> Cases = GoldenCases.Load("tiny");

    [Theory]
    [InlineData(1, WeightType.F32, KvType.F32)]
    [InlineData(1, WeightType.BF16, KvType.BF16)]
    [InlineData(2, WeightType.F32, KvType.F32)]
    [InlineData(3, WeightType.F32, KvType.BF16)]
    public void The_same_steps_give_the_same_bits_again(int tensorParallel, WeightType weights, KvType kvCache)
    {
        using var first = TestTorch.Run("tiny", tensorParallel, weights: weights, kvCache: kvCache);
        using var second = TestTorch.Run("tiny", tensorParallel, weights: weights, kvCache: kvCache);

        var expected = LogitsOfMixedSteps(first);
        first.Reset();

        Assert.Equal(expected, LogitsOfMixedSteps(first));
        Assert.Equal(expected, LogitsOfMixedSteps(second));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Stages_change_no_bit(int pipelineParallel)
    {
        using var one = TestTorch.Run("tiny", tensorParallel: 2);
        using var several = TestTorch.Run("tiny", tensorParallel: 2, pipelineParallel);

        Assert.Equal(LogitsOfMixedSteps(one), LogitsOfMixedSteps(several));
    }

    [Fact]
    public void Where_a_sequence_has_its_blocks_changes_no_bit()
    {
        using var ordered = TestTorch.Run("tiny");
        using var shuffled = TestTorch.Run("tiny", placementSeed: 7);

        Assert.Equal(LogitsOfMixedSteps(ordered), LogitsOfMixedSteps(shuffled));
    }

    // Two sequences, prefilled in chunks and decoded side by side; the logits of every row.
    private static List<float> LogitsOfMixedSteps(ShardGroupRunner runner)
    {
        var logits = new List<float>();
        runner.Admit(0, Cases[2].Prompt);
        runner.Admit(1, Cases[1].Prompt);
        runner.Chunk(0, 0, 20, ChunkFlags.Logits);
        runner.Chunk(1, 0, 7, ChunkFlags.Logits);
        Add(runner.Run(), logits);
        runner.Chunk(0, 20, 13, ChunkFlags.Logits);
        runner.Chunk(1, 7, 1, ChunkFlags.Logits, 45);
        Add(runner.Run(), logits);
        for (var i = 0; i < 5; i++)
        {
            runner.Chunk(1, 8 + i, 1, ChunkFlags.Logits, i);
            runner.Chunk(0, 33 + i, 1, ChunkFlags.Logits, i);
            Add(runner.Run(), logits);
        }

        return logits;
    }

    private static void Add(StepResult result, List<float> logits)
    {
        for (var row = 0; row < result.LogitRows.Length; row++)
            logits.AddRange(result.Logits(row));
    }
}
