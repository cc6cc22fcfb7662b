namespace Baichuan.Model.Plan;

/// <summary>
/// How a model is cut into <see cref="PipelineParallel"/> stages of <see cref="TensorParallel"/> ranks: plain data, the same wherever it is
/// computed. Heads and FFN columns are first cut into <see cref="GroupCount"/> groups, whose partial sums are added in one fixed binary tree, so
/// that every size that hands out whole groups gives the same bits.
/// </summary>
public sealed class ShardPlan
{
    /// <summary>Groups of the shared reduction layout, used by a tensor parallelism of 1, 2 and 4.</summary>
    public const int SharedGroups = 4;

    /// <summary>FFN columns are cut at multiples of this, so that kernels meet whole vectors.</summary>
    public const int FfnCutColumns = 32;

    private ShardPlan(ModelConfig config, int tensorParallel, int pipelineParallel)
    {
        Config = config;
        TensorParallel = tensorParallel;
        PipelineParallel = pipelineParallel;
        GroupCount = SharedGroups % tensorParallel == 0 ? SharedGroups : tensorParallel;
        Shards = [.. Enumerable.Range(0, tensorParallel * pipelineParallel).Select(i => Cut(i / tensorParallel, i % tensorParallel))];
    }

    public ModelConfig Config { get; }

    /// <summary>T: ranks per stage.</summary>
    public int TensorParallel { get; }

    /// <summary>P: stages.</summary>
    public int PipelineParallel { get; }

    /// <summary>Leaves of the reduction tree: 4 where T divides 4, else T.</summary>
    public int GroupCount { get; }

    /// <summary>Every shard, stage by stage, rank by rank.</summary>
    public IReadOnlyList<Shard> Shards { get; }

    /// <summary>Names the order in which cut sums are added; part of a profile.</summary>
    public string ReductionLayout => GroupCount == SharedGroups ? $"groups-of-{SharedGroups}" : $"ranks-of-{GroupCount}";

    /// <summary>The other rank of a pair: each keeps a copy of the other's keys and values, where copies are kept. Null: T is odd, and nobody has one.</summary>
    public Shard? PartnerOf(Shard shard) => HasPairs(TensorParallel) ? Shards[shard.Index ^ 1] : null;

    /// <summary>Whether so many ranks come in pairs.</summary>
    public static bool HasPairs(int tensorParallel) => tensorParallel % 2 == 0;

    public Shard this[int stage, int rank] => Shards[(stage * TensorParallel) + rank];

    /// <summary>Cuts a model.</summary>
    /// <param name="tensorParallel">T, from 1 to the smaller of the two query-head counts.</param>
    /// <param name="pipelineParallel">P, from 1 to the number of layers.</param>
    /// <exception cref="PlanException">T or P is out of its range.</exception>
    public static ShardPlan Create(ModelConfig config, int tensorParallel, int pipelineParallel)
    {
        var mostRanks = Math.Min(config.Global.Heads, config.Sliding.Heads);
        if (tensorParallel < 1 || tensorParallel > mostRanks)
            throw new PlanException($"Tensor parallelism {tensorParallel} is impossible: it must be from 1 to {mostRanks}, the smaller of the {config.Global.Heads} global and {config.Sliding.Heads} sliding query heads.");
        if (pipelineParallel < 1 || pipelineParallel > config.LayerCount)
            throw new PlanException($"Pipeline parallelism {pipelineParallel} is impossible: it must be from 1 to {config.LayerCount}, the number of layers.");
        return new ShardPlan(config, tensorParallel, pipelineParallel);
    }

    private Shard Cut(int stage, int rank)
    {
        var groups = IndexRange.Part(rank, TensorParallel, GroupCount);
        var layers = IndexRange.Part(stage, PipelineParallel, Config.LayerCount);
        var shard = new Shard(
            (stage * TensorParallel) + rank,
            stage,
            rank,
            stage == 0,
            stage == PipelineParallel - 1,
            layers,
            groups,
            IndexRange.Part(rank, TensorParallel, Config.VocabularySize),
            CutHeads(Config.Global, groups),
            CutHeads(Config.Sliding, groups),
            [.. Each(groups).Select(FfnGroup)],
            []);
        return shard with { Tensors = [.. ShardTensors.Of(Config, shard)] };
    }

    private AttentionCut CutHeads(AttentionGeometry geometry, IndexRange groups)
    {
        IndexRange[] byGroup = [.. Each(groups).Select(g => IndexRange.Part(g, GroupCount, geometry.Heads))];
        var heads = new IndexRange(byGroup[0].Start, byGroup[^1].End);
        return new AttentionCut(heads, geometry.KvHeadsOf(heads), byGroup);
    }

    private IndexRange FfnGroup(int group)
    {
        var units = (Config.IntermediateSize + FfnCutColumns - 1) / FfnCutColumns;
        var part = IndexRange.Part(group, GroupCount, units);
        return new(Math.Min(part.Start * FfnCutColumns, Config.IntermediateSize), Math.Min(part.End * FfnCutColumns, Config.IntermediateSize));
    }

    private static IEnumerable<int> Each(IndexRange range) => Enumerable.Range(range.Start, range.Count);
}
