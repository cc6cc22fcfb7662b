using Baichuan.Model.Plan;

namespace Baichuan.Model.Tests.Plan;

/// <summary>What must hold for every plan of every model.</summary>
internal static class PlanInvariants
{
    public static void Check(ShardPlan plan)
    {
        Assert.Equal(plan.TensorParallel * plan.PipelineParallel, plan.Shards.Count);
        Assert.All(plan.Shards.Index(), s => Assert.Equal((s.Index, s.Item), (s.Item.Index, plan[s.Item.Stage, s.Item.Rank])));
        Partition(plan.Config.LayerCount, Ranks(plan, rank: 0).Select(s => s.Layers));
        foreach (var stage in plan.Shards.GroupBy(s => s.Stage))
            CheckStage(plan, [.. stage]);
        CheckTensors(plan);
    }

    /// <summary>Ranges that follow one another from 0 to <paramref name="total"/>, without gap or overlap.</summary>
    public static void Partition(int total, IEnumerable<IndexRange> ranges)
    {
        var end = 0;
        foreach (var range in ranges)
        {
            Assert.Equal(end, range.Start);
            Assert.True(range.End >= range.Start);
            end = range.End;
        }

        Assert.Equal(total, end);
    }

    private static void CheckStage(ShardPlan plan, Shard[] ranks)
    {
        var config = plan.Config;
        Assert.All(ranks, r => Assert.False(r.Layers.IsEmpty));
        Assert.All(ranks, r => Assert.Equal(ranks[0].Layers, r.Layers));
        Assert.All(ranks, r => Assert.Equal((r.Stage == 0, r.Stage == plan.PipelineParallel - 1), (r.IsFirstStage, r.IsLastStage)));
        Partition(config.VocabularySize, ranks.Select(r => r.Vocabulary));
        Partition(plan.GroupCount, ranks.Select(r => r.Groups));
        Partition(config.IntermediateSize, ranks.Select(r => r.FfnColumns));
        Partition(config.IntermediateSize, ranks.SelectMany(r => r.FfnGroups));
        foreach (var kind in new[] { LayerKind.Global, LayerKind.Sliding })
        {
            var geometry = config.Attention(kind);
            Partition(geometry.Heads, ranks.Select(r => r.Attention(kind).Heads));
            Partition(geometry.Heads, ranks.SelectMany(r => r.Attention(kind).GroupHeads));
            foreach (var cut in ranks.Select(r => r.Attention(kind)))
            {
                Assert.False(cut.Heads.IsEmpty);
                var needed = Enumerable.Range(cut.Heads.Start, cut.Heads.Count).Select(h => h / geometry.QueriesPerKvHead).Distinct();
                Assert.Equal(needed, Enumerable.Range(cut.KvHeads.Start, cut.KvHeads.Count));
            }
        }

        foreach (var rank in ranks)
        {
            Assert.Equal(rank.Groups.Count, rank.FfnGroups.Count);
            Assert.Equal(rank.Groups.Count, rank.Global.GroupHeads.Count);
            Assert.Equal(rank.Groups.Count, rank.Sliding.GroupHeads.Count);
        }
    }

    // Every value of every tensor is read by at least one rank; only norms, KV heads and their convolutions by several.
    private static void CheckTensors(ShardPlan plan)
    {
        var whole = ShardPlan.Create(plan.Config, 1, 1).Shards[0].Tensors.ToDictionary(t => t.Name);
        var cut = plan.Shards.SelectMany(s => s.Tensors).GroupBy(t => t.Name).ToDictionary(g => g.Key, g => g.ToArray());
        Assert.Equal(whole.Keys.Order(), cut.Keys.Order());
        foreach (var (name, slices) in cut)
        {
            var (rows, columns) = (new int[whole[name].RowCount], new int[whole[name].Columns.Count]);
            foreach (var slice in slices)
            {
                Assert.Equal(whole[name].Shape, slice.Shape);
                Assert.All(slice.Rows, r => Count(rows, r));
                Count(columns, slice.Columns);
            }

            var ranks = plan.TensorParallel;
            var cutsColumns = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
            var shared = name.EndsWith("norm.weight", StringComparison.Ordinal);
            var replicates = name.Contains("conv_", StringComparison.Ordinal) || name.Contains("W_pack", StringComparison.Ordinal);
            Between(columns, cutsColumns ? 1 : ranks, cutsColumns ? 1 : ranks);
            Between(rows, cutsColumns || shared ? ranks : 1, cutsColumns || shared || replicates ? ranks : 1);
            if (name.Contains("W_pack", StringComparison.Ordinal))
                Between(rows[..plan.Config.HiddenSize], 1, 1);
        }
    }

    private static void Count(int[] counts, IndexRange range)
    {
        for (var i = range.Start; i < range.End; i++)
            counts[i]++;
    }

    private static void Between(int[] counts, int least, int most)
    {
        Assert.InRange(counts.Min(), least, most);
        Assert.InRange(counts.Max(), least, most);
    }

    private static IEnumerable<Shard> Ranks(ShardPlan plan, int rank) => plan.Shards.Where(s => s.Rank == rank);
}
