using Baichuan.Model.Plan;
using CsCheck;

namespace Baichuan.Model.Tests.Plan;

public sealed class MemoryPlanTests
{
    private const long GiB = 1L << 30;

    private static readonly ModelConfig s_published = ModelConfig.Load(Path.Combine(AppContext.BaseDirectory, "data", "configs", "baichuan-m1-14b"));

    [Fact]
    public void A_sequence_of_32768_tokens_of_the_published_model_takes_1_875_GiB()
    {
        foreach (var (ranks, stages) in new[] { (1, 1), (2, 4), (8, 1), (20, 40) })
        {
            var memory = Memory(ranks, stages, KvType.BF16);
            Assert.Equal((40_960, 81_920), (memory.KvBytesPerToken(LayerKind.Global), memory.KvBytesPerToken(LayerKind.Sliding)));
            Assert.Equal(5 * GiB / 4, memory.KvBytesOfSequence(LayerKind.Global, 32_768));
            Assert.Equal(5 * GiB / 8, memory.KvBytesOfSequence(LayerKind.Sliding, 32_768));
        }
    }

    [Fact]
    public void Ranks_that_replicate_KV_heads_pay_for_them()
    {
        var shards = Memory(8, 1, KvType.F32).Shards;
        Assert.All(shards, s => Assert.Equal(16 * 2L * 20 * 256 * 4, s.GlobalBlockBytes));
        Assert.All(shards, s => Assert.Equal(16 * 2L * 20 * 128 * 4, s.SlidingBlockBytes));
        Assert.All(shards, s => Assert.Equal((3 * s.GlobalBlockBytes) + (2 * s.SlidingBlockBytes), s.KvBytes(new(3, 2))));
    }

    [Fact]
    public void Weights_of_an_uncut_model_are_the_sum_of_its_tensors() =>
        RandomConfigs.Cuts.Sample(
            cut =>
            {
                var plan = ShardPlan.Create(cut.Config, 1, cut.PipelineParallel);
                var tensors = plan.Shards.SelectMany(s => s.Tensors).ToArray();
                var headScales = 4L * cut.Config.VocabularySize;
                var wide = headScales + tensors.Sum(t => 4 * t.ElementCount);
                Assert.Equal(wide, MemoryPlan.Create(plan, WeightType.F32, KvType.F32).WeightBytes);
                var matrices = tensors.Where(t => t.Shape.Count == 2).Sum(t => t.ElementCount);
                Assert.Equal(wide - (2 * matrices), MemoryPlan.Create(plan, WeightType.BF16, KvType.F32).WeightBytes);
            },
            iter: 200);

    [Fact]
    public void The_published_model_in_bf16_takes_27_GiB_however_it_is_cut()
    {
        var whole = Memory(1, 1, KvType.BF16).WeightBytes;
        Assert.Equal(28_942_892_160, whole);
        Assert.Equal(whole, Memory(1, 4, KvType.BF16).WeightBytes);
        Assert.InRange(Memory(4, 2, KvType.BF16).WeightBytes, whole, whole + (whole / 100));
        Assert.InRange(Memory(4, 2, KvType.BF16).Shards.Max(s => s.WeightBytes), whole / 9, whole / 7);
    }

    [Fact]
    public void Pools_fit_every_shard_and_no_larger_ones_would() =>
        Gen.Select(RandomConfigs.Cuts, Gen.Int[1, 50], Gen.Int[1, 100], Gen.Long[0, 1 << 26], Gen.Bool).Sample(
            (cut, sequences, rows, bytes, copies) =>
            {
                var plan = ShardPlan.Create(cut.Config, cut.TensorParallel, cut.PipelineParallel);
                var shards = MemoryPlan.Create(plan, WeightType.F32, KvType.BF16, copies).Shards;
                var mostSliding = sequences * (KvBlockCounts.For(cut.Config.SlidingWindow) + KvBlockCounts.For(rows) + 1);
                if (shards.Any(s => s.KvBytes(new(1, 1)) > bytes))
                {
                    Assert.Throws<PlanException>(() => MemoryPlan.Fit(plan, bytes, KvType.BF16, sequences, rows, copies));
                    return;
                }

                var blocks = MemoryPlan.Fit(plan, bytes, KvType.BF16, sequences, rows, copies);
                Assert.Equal(Math.Min(blocks.Global, mostSliding), blocks.Sliding);
                Assert.All(shards, s => Assert.InRange(s.KvBytes(blocks), 1, bytes));
                var larger = new KvBlockCounts(blocks.Global + 1, Math.Min(blocks.Global + 1, mostSliding));
                if (cut.Config.CountLayers(new(0, cut.Config.LayerCount), LayerKind.Global) > 0)
                    Assert.Contains(shards, s => s.KvBytes(larger) > bytes);
            },
            iter: 1_000);

    [Fact]
    public void A_copy_takes_what_the_partners_block_takes()
    {
        foreach (var (ranks, factor) in ((int, int)[])[(1, 1), (2, 2), (4, 2)])
        {
            var plan = ShardPlan.Create(s_published, ranks, 2);
            var (without, with) = (MemoryPlan.Create(plan, WeightType.BF16, KvType.BF16).Shards, MemoryPlan.Create(plan, WeightType.BF16, KvType.BF16, kvCopies: true).Shards);
            for (var shard = 0; shard < plan.Shards.Count; shard++)
            {
                Assert.Equal(factor * without[shard].GlobalBlockBytes, with[shard].GlobalBlockBytes);
                Assert.Equal(without[shard].WeightBytes, with[shard].WeightBytes);
            }
        }

        Assert.Null(ShardPlan.Create(s_published, 5, 1).PartnerOf(ShardPlan.Create(s_published, 5, 1).Shards[0]));
    }

    [Fact]
    public void A_model_of_sliding_layers_alone_gets_the_global_blocks_that_its_sequences_can_name() =>
        RandomConfigs.Cuts.Where(c => c.Config.CountLayers(new(0, c.Config.LayerCount), LayerKind.Global) == 0).Sample(
            cut => Assert.Equal(
                3 * KvBlockCounts.For(cut.Config.MaxPositions),
                MemoryPlan.Fit(ShardPlan.Create(cut.Config, 1, 1), long.MaxValue, KvType.F32, 3, 16).Global),
            iter: 20);

    [Fact]
    public void Memory_for_no_block_is_refused_with_what_one_takes()
    {
        var plan = ShardPlan.Create(s_published, 1, 1);
        var needed = 16 * (40_960 + 81_920);
        Assert.Equal(new KvBlockCounts(1, 1), MemoryPlan.Fit(plan, needed, KvType.BF16, 8, 512));
        foreach (var bytes in new[] { needed - 1, 0, -1L << 55, long.MinValue })
        {
            var e = Assert.Throws<PlanException>(() => MemoryPlan.Fit(plan, bytes, KvType.BF16, 8, 512));
            Assert.Contains($"{bytes} bytes", e.Message, StringComparison.Ordinal);
            Assert.Contains($"{needed} bytes", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Blocks_of_positions_are_counted_up_to_the_largest_number()
    {
        Assert.Equal((0, 1, 1, 2, 1 << 27), (KvBlockCounts.For(0), KvBlockCounts.For(1), KvBlockCounts.For(16), KvBlockCounts.For(17), KvBlockCounts.For(int.MaxValue)));
        var blocks = MemoryPlan.Fit(ShardPlan.Create(s_published, 1, 1), long.MaxValue, KvType.BF16, int.MaxValue, int.MaxValue);
        Assert.Equal(new KvBlockCounts(int.MaxValue, int.MaxValue), blocks);
    }

    private static MemoryPlan Memory(int tensorParallel, int pipelineParallel, KvType kvType) =>
        MemoryPlan.Create(ShardPlan.Create(s_published, tensorParallel, pipelineParallel), WeightType.BF16, kvType);
}
