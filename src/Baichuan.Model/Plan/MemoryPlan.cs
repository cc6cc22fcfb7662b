namespace Baichuan.Model.Plan;

/// <summary>
/// What a plan's shards need memory for: weights and KV cache, in bytes. Plain arithmetic over the plan; buffers of a running step are not in it.
/// </summary>
public sealed class MemoryPlan
{
    private MemoryPlan(ShardPlan plan, WeightType weightType, KvType kvType, bool kvCopies)
    {
        Plan = plan;
        WeightType = weightType;
        KvType = kvType;
        KvCopies = kvCopies;
        Shards = [.. plan.Shards.Select(MemoryOf)];
    }

    public ShardPlan Plan { get; }

    public WeightType WeightType { get; }

    public KvType KvType { get; }

    /// <summary>As in <see cref="Create"/>.</summary>
    public bool KvCopies { get; }

    /// <summary>Every shard, in the plan's order.</summary>
    public IReadOnlyList<ShardMemory> Shards { get; }

    /// <summary>Weights of all shards, what they replicate included.</summary>
    public long WeightBytes => Shards.Sum(s => s.WeightBytes);

    /// <param name="kvCopies">Every shard keeps its partner's keys and values too (<see cref="ShardPlan.PartnerOf"/>).</param>
    public static MemoryPlan Create(ShardPlan plan, WeightType weightType, KvType kvType, bool kvCopies = false) => new(plan, weightType, kvType, kvCopies);

    /// <summary>KV bytes of one position in all layers of a kind, each KV head counted once, however many ranks hold it.</summary>
    public long KvBytesPerToken(LayerKind kind) =>
        PositionBytes(kind, new IndexRange(0, Plan.Config.LayerCount), Plan.Config.Attention(kind).KvHeads);

    /// <summary>
    /// KV bytes that a sequence of <paramref name="positions"/> fills in one kind of layers, each KV head counted once: all positions in global
    /// layers, the last window in sliding ones. Counts positions, not blocks: the pools spend up to one block more per sequence in global
    /// layers, and in sliding ones up to one more at either end of the window.
    /// </summary>
    public long KvBytesOfSequence(LayerKind kind, int positions) =>
        KvBytesPerToken(kind) * Plan.Config.PositionsKept(kind, positions);

    /// <summary>
    /// The largest pools that every shard has room for. Sliding layers never need more than the windows of all sequences: per sequence the blocks
    /// of a window, those of the chunk being written, and one since a window may start inside a block. So the sliding pool has that many
    /// blocks, or as many as the global one where that is smaller, and the global pool takes the rest.
    /// </summary>
    /// <param name="kvBytesPerShard">Memory for both pools of a shard; the tightest shard decides.</param>
    /// <param name="maxSequences">Most sequences that run at once.</param>
    /// <param name="maxBatchRows">Most rows of a step, thus of a chunk.</param>
    /// <param name="kvCopies">As in <see cref="Create"/>.</param>
    /// <exception cref="PlanException">Not even one block of each kind fits.</exception>
    public static KvBlockCounts Fit(ShardPlan plan, long kvBytesPerShard, KvType kvType, int maxSequences, int maxBatchRows, bool kvCopies = false)
    {
        if (Largest(plan, kvBytesPerShard, kvType, maxSequences, maxBatchRows, kvCopies) is { Global: > 0 } blocks)
            return blocks;
        var needed = Create(plan, WeightType.F32, kvType, kvCopies).Shards.Max(s => s.KvBytes(new KvBlockCounts(1, 1)));
        throw new PlanException(
            $"A KV cache of {kvBytesPerShard} bytes per shard holds no block: {KvBlockCounts.BlockPositions} positions take {needed} bytes. "
            + "Give the KV cache more memory or cut the model into more shards.");
    }

    /// <summary>As <see cref="Fit"/>, but no blocks where not even one of each kind fits.</summary>
    public static KvBlockCounts Largest(ShardPlan plan, long kvBytesPerShard, KvType kvType, int maxSequences, int maxBatchRows, bool kvCopies = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatchRows, 1);
        var shards = Create(plan, WeightType.F32, kvType, kvCopies).Shards;
        var perSequence = KvBlockCounts.For(plan.Config.SlidingWindow) + KvBlockCounts.For(maxBatchRows) + 1;
        var mostSliding = (int)Math.Min(int.MaxValue, (long)maxSequences * perSequence);
        var global = shards.Min(s => GlobalBlocks(s, kvBytesPerShard, mostSliding));
        // A model without global layers pays nothing for global blocks: its sequences get all that they can ever name.
        if (shards.All(s => s.GlobalBlockBytes == 0))
            global = (int)Math.Min(global, (long)maxSequences * KvBlockCounts.For(plan.Config.MaxPositions));
        return new KvBlockCounts(global, Math.Min(global, mostSliding));
    }

    private static int GlobalBlocks(ShardMemory shard, long bytes, int mostSliding)
    {
        // As long as both pools grow together; then with the sliding one at its most.
        var together = bytes / (shard.GlobalBlockBytes + shard.SlidingBlockBytes);
        if (together < mostSliding)
            return (int)Math.Max(0, together);
        return shard.GlobalBlockBytes == 0
            ? int.MaxValue
            : (int)Math.Min(int.MaxValue, (bytes - (mostSliding * shard.SlidingBlockBytes)) / shard.GlobalBlockBytes);
    }

    private ShardMemory MemoryOf(Shard shard) => new(
        shard,
        shard.Tensors.Sum(t => WeightBytesOf(shard, t)),
        KeptBytes(shard, LayerKind.Global),
        KeptBytes(shard, LayerKind.Sliding));

    // A block and, where copies are kept, its copy of the partner's.
    private long KeptBytes(Shard shard, LayerKind kind) =>
        BlockBytes(shard, kind) + (KvCopies && Plan.PartnerOf(shard) is { } partner ? BlockBytes(partner, kind) : 0);

    private long BlockBytes(Shard shard, LayerKind kind) =>
        KvBlockCounts.BlockPositions * PositionBytes(kind, shard.Layers, shard.Attention(kind).KvHeads.Count);

    // Key and value.
    private long PositionBytes(LayerKind kind, IndexRange layers, int kvHeads) =>
        2L * Plan.Config.CountLayers(layers, kind) * kvHeads * Plan.Config.Attention(kind).HeadDim * BytesOf(KvType);

    private long WeightBytesOf(Shard shard, TensorSlice tensor)
    {
        if (tensor.Shape.Count != 2)
            return tensor.ElementCount * sizeof(float);
        if (tensor.Name == TensorNames.Embedding)
            return tensor.RowCount * WeightType.OfEmbedding().BytesOf(tensor.Columns.Count);
        // The head keeps an f32 factor beside each row (1 / its norm, computed while loading).
        var factor = tensor.Name == TensorNames.Head ? sizeof(float) : 0;
        return tensor.RowCount * (factor + GroupInputs(shard, tensor).Sum(inputs => WeightType.BytesOf(inputs)));
    }

    /// <summary>The inputs of a matrix by reduction group: those that are cut by inputs have several.</summary>
    private IEnumerable<int> GroupInputs(Shard shard, TensorSlice tensor)
    {
        for (var layer = shard.Layers.Start; layer < shard.Layers.End; layer++)
        {
            if (tensor.Name == TensorNames.Down(layer))
                return shard.FfnGroups.Select(g => g.Count);
            var kind = Plan.Config.KindOf(layer);
            if (tensor.Name == TensorNames.AttentionOutput(layer))
                return shard.Attention(kind).GroupHeads.Select(g => g.Count * Plan.Config.Attention(kind).HeadDim);
        }

        return [tensor.Columns.Count];
    }

    private static int BytesOf(KvType type) => type == KvType.F32 ? sizeof(float) : sizeof(ushort);
}
