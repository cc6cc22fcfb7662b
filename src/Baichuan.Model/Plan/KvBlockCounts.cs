namespace Baichuan.Model.Plan;

/// <summary>Blocks of 16 positions in a replica's two KV pools; the same on every shard, since block ids belong to the replica.</summary>
public readonly record struct KvBlockCounts(int Global, int Sliding)
{
    /// <summary>Positions in a block.</summary>
    public const int BlockPositions = 16;

    /// <summary>Blocks that hold positions 0 .. <paramref name="positions"/> - 1.</summary>
    public static int For(int positions) => (int)(((long)positions + BlockPositions - 1) / BlockPositions);

    public int Of(LayerKind kind) => kind == LayerKind.Global ? Global : Sliding;
}
