namespace Baichuan.Model.Plan;

/// <summary>Prints a plan for people: who holds which layers, heads, columns and rows, and what that costs in memory.</summary>
public static class PlanReport
{
    /// <param name="contextPositions">The sequence length that KV figures are given for besides one token.</param>
    public static void Write(TextWriter writer, MemoryPlan memory, int contextPositions)
    {
        WriteModel(writer, memory);
        writer.WriteLine();
        WriteShards(writer, memory.Plan);
        writer.WriteLine();
        WriteMemory(writer, memory, contextPositions);
        writer.WriteLine();
        WriteCache(writer, memory, contextPositions);
    }

    private static void WriteModel(TextWriter writer, MemoryPlan memory)
    {
        var (plan, config) = (memory.Plan, memory.Plan.Config);
        var all = new IndexRange(0, config.LayerCount);
        writer.WriteLine(
            $"Model: {config.LayerCount} layers, hidden {config.HiddenSize:n0}, FFN {config.IntermediateSize:n0}, "
            + $"vocabulary {config.VocabularySize:n0}, at most {config.MaxPositions:n0} positions");
        writer.WriteLine($"  global:  {config.CountLayers(all, LayerKind.Global)} layers, {Text(config.Global)}");
        writer.WriteLine($"  sliding: {config.CountLayers(all, LayerKind.Sliding)} layers, {Text(config.Sliding)}, window {config.SlidingWindow:n0}");
        writer.WriteLine(
            $"Plan: tensor parallel {plan.TensorParallel} x pipeline parallel {plan.PipelineParallel} = {plan.Shards.Count} shards, "
            + $"sums in {plan.ReductionLayout}; weights {memory.WeightType}, KV cache {memory.KvType}{(memory.KvCopies ? " with copies of partners'" : "")}");
    }

    private static void WriteShards(TextWriter writer, ShardPlan plan)
    {
        var table = new TextTable("shard", "stage", "rank", "layers", "groups", "global heads", "KV", "sliding heads", "KV", "FFN columns", "vocabulary");
        foreach (var shard in plan.Shards)
        {
            table.Add(
                $"{shard.Index}",
                $"{shard.Stage}",
                $"{shard.Rank}",
                $"{shard.Layers}",
                $"{shard.Groups}",
                $"{shard.Global.Heads}",
                $"{shard.Global.KvHeads}",
                $"{shard.Sliding.Heads}",
                $"{shard.Sliding.KvHeads}",
                $"{shard.FfnColumns}",
                shard.IsFirstStage || shard.IsLastStage ? $"{shard.Vocabulary}" : "-");
        }

        writer.WriteLine("Shards (a..b: from a up to, not including, b):");
        table.Write(writer);
    }

    private static void WriteMemory(TextWriter writer, MemoryPlan memory, int positions)
    {
        var table = new TextTable("shard", "weight bytes", "GiB", "KV bytes/token global", "sliding", $"KV bytes at {positions:n0}", "GiB");
        foreach (var shard in memory.Shards)
        {
            var cache = shard.KvBytesOfSequence(memory.Plan.Config, positions);
            table.Add(
                $"{shard.Shard.Index}",
                $"{shard.WeightBytes:n0}",
                Gibibytes(shard.WeightBytes),
                $"{shard.BlockBytes(LayerKind.Global) / KvBlockCounts.BlockPositions:n0}",
                $"{shard.BlockBytes(LayerKind.Sliding) / KvBlockCounts.BlockPositions:n0}",
                $"{cache:n0}",
                Gibibytes(cache));
        }

        var total = memory.Shards.Sum(s => s.KvBytesOfSequence(memory.Plan.Config, positions));
        table.Add("all", $"{memory.WeightBytes:n0}", Gibibytes(memory.WeightBytes), "", "", $"{total:n0}", Gibibytes(total));
        writer.WriteLine("Memory per shard, for one sequence of that many positions:");
        table.Write(writer);
    }

    private static void WriteCache(TextWriter writer, MemoryPlan memory, int positions)
    {
        var table = new TextTable("kind", "KV bytes/token", $"positions kept of {positions:n0}", "bytes", "GiB");
        foreach (var kind in (ReadOnlySpan<LayerKind>)[LayerKind.Global, LayerKind.Sliding])
        {
            var bytes = memory.KvBytesOfSequence(kind, positions);
            table.Add(
                kind == LayerKind.Global ? "global" : "sliding",
                $"{memory.KvBytesPerToken(kind):n0}",
                $"{memory.Plan.Config.PositionsKept(kind, positions):n0}",
                $"{bytes:n0}",
                Gibibytes(bytes));
        }

        var total = memory.KvBytesOfSequence(LayerKind.Global, positions) + memory.KvBytesOfSequence(LayerKind.Sliding, positions);
        table.Add("both", $"{memory.KvBytesPerToken(LayerKind.Global) + memory.KvBytesPerToken(LayerKind.Sliding):n0}", "", $"{total:n0}", Gibibytes(total));
        writer.WriteLine("KV cache of one sequence in the whole replica, each KV head counted once:");
        table.Write(writer);
    }

    private static string Text(AttentionGeometry geometry) => $"{geometry.Heads} heads of {geometry.HeadDim} over {geometry.KvHeads} KV heads";

    private static string Gibibytes(long bytes) => $"{bytes / (double)(1L << 30):f3}";
}
