using Baichuan.Compute.Cpu.Products;

namespace Baichuan.Compute.Cpu.Attention;

/// <summary>
/// The work of one call of the attention kernel: a few consecutive rows of one chunk, and a few query heads that read one KV head. Pointers into
/// native memory that the caller has checked.
/// </summary>
internal unsafe struct AttentionTile
{
    /// <summary>Most rows of a tile.</summary>
    public const int MaxRows = 4;

    /// <summary>Most query heads of a tile.</summary>
    public const int MaxHeads = 16;

    /// <summary>[Rows, Heads, HeadDim] after the rotary embedding, rows <see cref="QueryStride"/> apart.</summary>
    public float* Queries;

    public nint QueryStride;

    /// <summary>[Rows, Heads, HeadDim], rows <see cref="ContextStride"/> apart: written.</summary>
    public float* Context;

    public nint ContextStride;

    public int Rows;

    public int Heads;

    public int HeadDim;

    /// <summary>Position of the first row.</summary>
    public int Position;

    /// <summary>Positions that a row sees, its own included.</summary>
    public int Window;

    /// <summary>The sequence's block ids by position / 16.</summary>
    public int* Blocks;

    /// <summary>K' of the KV head in block 0: [HeadDim / 2] pairs of 16 positions as <see cref="IFloats"/> lays them, blocks <see cref="BlockStride"/> elements
    /// apart, in the cache's type.</summary>
    public void* Keys;

    /// <summary>V' of the KV head in block 0: [16, HeadDim], blocks as far apart.</summary>
    public void* Values;

    public nint BlockStride;
}
