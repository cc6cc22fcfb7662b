namespace Baichuan.Model.Plan;

/// <summary>What one shard needs memory for.</summary>
/// <param name="WeightBytes">Its weights.</param>
/// <param name="GlobalBlockBytes">One block of 16 positions in the keys and values of all its global layers, its copy of the partner's included where copies are kept; 0 where it has no such layers.</param>
/// <param name="SlidingBlockBytes">The same for its sliding layers.</param>
public sealed record ShardMemory(Shard Shard, long WeightBytes, long GlobalBlockBytes, long SlidingBlockBytes)
{
    public long BlockBytes(LayerKind kind) => kind == LayerKind.Global ? GlobalBlockBytes : SlidingBlockBytes;

    /// <summary>KV bytes that one sequence of <paramref name="positions"/> fills here; positions, not whole blocks.</summary>
    public long KvBytesOfSequence(ModelConfig config, int positions) =>
        ((GlobalBlockBytes * config.PositionsKept(LayerKind.Global, positions)) + (SlidingBlockBytes * config.PositionsKept(LayerKind.Sliding, positions)))
        / KvBlockCounts.BlockPositions;

    /// <summary>Bytes of both pools.</summary>
    public long KvBytes(KvBlockCounts blocks) => (blocks.Global * GlobalBlockBytes) + (blocks.Sliding * SlidingBlockBytes);
}
