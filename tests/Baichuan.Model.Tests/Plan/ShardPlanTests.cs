using Baichuan.Model.Plan;
using CsCheck;

namespace Baichuan.Model.Tests.Plan;

public sealed class ShardPlanTests
{
    private static readonly ModelConfig s_published = ModelConfig.Load(Path.Combine(AppContext.BaseDirectory, "data", "configs", "baichuan-m1-14b"));

    public static TheoryData<int> TensorParallels => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(TensorParallels))]
    public void The_published_model_is_cut_by_every_tensor_parallelism(int tensorParallel) =>
        PlanInvariants.Check(ShardPlan.Create(s_published, tensorParallel, 3));

    [Fact]
    public void The_published_model_is_cut_by_every_pipeline_parallelism()
    {
        for (var stages = 1; stages <= 40; stages++)
        {
            var plan = ShardPlan.Create(s_published, 1 + (stages % 20), stages);
            PlanInvariants.Partition(40, plan.Shards.Where(s => s.Rank == 0).Select(s => s.Layers));
            Assert.All(plan.Shards, s => Assert.InRange(s.Layers.Count, 40 / stages, (40 / stages) + 1));
        }
    }

    [Theory]
    [InlineData(0, 1, "Tensor parallelism 0", "from 1 to 20")]
    [InlineData(21, 1, "Tensor parallelism 21", "from 1 to 20")]
    [InlineData(-1, 1, "Tensor parallelism -1", "from 1 to 20")]
    [InlineData(1, 0, "Pipeline parallelism 0", "from 1 to 40")]
    [InlineData(1, 41, "Pipeline parallelism 41", "from 1 to 40")]
    public void An_impossible_cut_is_refused_with_its_limit(int tensorParallel, int pipelineParallel, params string[] expected)
    {
        var e = Assert.Throws<PlanException>(() => ShardPlan.Create(s_published, tensorParallel, pipelineParallel));
        Assert.All(expected, part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Sizes_that_divide_four_hand_out_the_same_four_groups()
    {
        var one = ShardPlan.Create(s_published, 1, 1).Shards[0];
        foreach (var ranks in new[] { 1, 2, 4 })
        {
            var shards = ShardPlan.Create(s_published, ranks, 1).Shards;
            Assert.All(shards, s => Assert.Equal(4 / ranks, s.Groups.Count));
            Assert.Equal(one.FfnGroups, shards.SelectMany(s => s.FfnGroups));
            Assert.Equal(one.Global.GroupHeads, shards.SelectMany(s => s.Global.GroupHeads));
            Assert.Equal(one.Sliding.GroupHeads, shards.SelectMany(s => s.Sliding.GroupHeads));
            Assert.Equal("groups-of-4", ShardPlan.Create(s_published, ranks, 1).ReductionLayout);
        }

        Assert.Equal("ranks-of-3", ShardPlan.Create(s_published, 3, 1).ReductionLayout);
    }

    [Fact]
    public void Eight_ranks_share_the_two_global_KV_heads()
    {
        var shards = ShardPlan.Create(s_published, 8, 1).Shards;
        Assert.Equal([new(0, 1), new(0, 1), new(0, 1), new(0, 1), new(1, 2), new(1, 2), new(1, 2), new(1, 2)], shards.Select(s => s.Global.KvHeads));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => new IndexRange(i, i + 1)), shards.Select(s => s.Sliding.KvHeads));
    }

    [Fact]
    public void Every_cut_of_every_model_covers_it() =>
        RandomConfigs.Cuts.Sample(cut => PlanInvariants.Check(ShardPlan.Create(cut.Config, cut.TensorParallel, cut.PipelineParallel)), iter: 500);

    [Fact]
    public void Halves_of_every_model_differ_by_one_unit_at_most() =>
        RandomConfigs.Cuts.Where(c => Math.Min(c.Config.Global.Heads, c.Config.Sliding.Heads) > 1).Sample(
            cut =>
            {
                var shards = ShardPlan.Create(cut.Config, 2, 1).Shards;
                Assert.InRange(shards[1].Global.Heads.Count - shards[0].Global.Heads.Count, 0, 1);
                Assert.InRange(shards[1].Sliding.Heads.Count - shards[0].Sliding.Heads.Count, 0, 1);
                Assert.InRange(shards[1].FfnColumns.Count - shards[0].FfnColumns.Count, -ShardPlan.FfnCutColumns, ShardPlan.FfnCutColumns);
            },
            iter: 500);

    [Fact]
    public void An_uncut_plan_reads_every_tensor_once_and_whole() =>
        RandomConfigs.Cuts.Sample(
            cut =>
            {
                var tensors = ShardPlan.Create(cut.Config, 1, 1).Shards[0].Tensors;
                Assert.Equal((cut.Config.LayerCount * 9) + 3, tensors.Select(t => t.Name).Distinct().Count());
                Assert.All(tensors, t => Assert.Equal(t.Shape.Aggregate(1L, (product, n) => product * n), t.ElementCount));
            },
            iter: 200);
}
