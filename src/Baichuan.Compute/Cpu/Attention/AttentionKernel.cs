using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Products;

namespace Baichuan.Compute.Cpu.Attention;

/// <summary>
/// softmax(q K^T / sqrt(HeadDim)) V over the cache, one block of 16 positions after the other with the online softmax (Milakov and Gimelshein,
/// 2018): with running maximum m, sum l and weighted values a, a block of scores s makes m' = max(m, s), l' = l e^(m - m') + sum of e^(s - m'),
/// a' = a e^(m - m') + sum of e^(s - m') V. Blocks lie at absolute positions, so a row's result does not depend on how its sequence was cut into
/// chunks, nor on its neighbours. No score outlives its block.
/// </summary>
/// <typeparam name="TLanes">The variant.</typeparam>
/// <typeparam name="TFloats">How the cache's type lies.</typeparam>
/// <typeparam name="TElement">The cache's type, <see cref="float"/> or <see cref="Bf16"/>.</typeparam>
internal static unsafe class AttentionKernel<TLanes, TFloats, TElement>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFloats : IFloats
    where TElement : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(in AttentionTile tile)
    {
        // [rows, heads]
        var running = stackalloc RunningSoftmax[tile.Rows * tile.Heads];
        new Span<RunningSoftmax>(running, tile.Rows * tile.Heads).Fill(RunningSoftmax.Empty);
        for (var r = 0; r < tile.Rows; r++)
            new Span<float>(tile.Context + (r * tile.ContextStride), tile.Heads * tile.HeadDim).Clear();

        // Rows inside blocks: a block is read from memory once for all of them.
        var lastBlock = (tile.Position + tile.Rows - 1) / Lanes.Count;
        for (var block = FirstVisible(tile, 0) / Lanes.Count; block <= lastBlock; block++)
        {
            if (block < lastBlock)
                Ask(tile, block + 1);
            for (var r = 0; r < tile.Rows; r++)
            {
                var first = Math.Max(0, FirstVisible(tile, r) - (block * Lanes.Count));
                var end = Math.Min(Lanes.Count, tile.Position + r + 1 - (block * Lanes.Count));
                if (first < end)
                    AddBlock(tile, r, block, first, end, running + (r * tile.Heads));
            }
        }

        for (var r = 0; r < tile.Rows; r++)
        {
            for (var h = 0; h < tile.Heads; h++)
                Divide(tile.Context + (r * tile.ContextStride) + (h * tile.HeadDim), running[(r * tile.Heads) + h].Sum, tile.HeadDim);
        }
    }

    /// <summary>Asks for a block that comes next: blocks lie anywhere, so the processor cannot guess.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Ask(in AttentionTile tile, int block)
    {
        var offset = tile.Blocks[block] * tile.BlockStride;
        var keys = (byte*)((TElement*)tile.Keys + offset);
        var values = (byte*)((TElement*)tile.Values + offset);
        var bytes = Lanes.Count * tile.HeadDim * sizeof(TElement);
        for (var i = 0; i < bytes; i += Lanes.Bytes)
        {
            Prefetch.Line(keys + i);
            Prefetch.Line(values + i);
        }
    }

    private static int FirstVisible(in AttentionTile tile, int row) => Math.Max(0, tile.Position + row + 1 - tile.Window);

    /// <summary>Adds positions <paramref name="first"/> up to <paramref name="end"/> of a block to a row's running results, four heads at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBlock(in AttentionTile tile, int row, int block, int first, int end, RunningSoftmax* running)
    {
        var headDim = tile.HeadDim;
        var offset = tile.Blocks[block] * tile.BlockStride;
        var keys = (byte*)((TElement*)tile.Keys + offset);
        var values = (TElement*)tile.Values + offset;
        var queries = tile.Queries + (row * tile.QueryStride);
        var context = tile.Context + (row * tile.ContextStride);
        var scale = (float)(1 / Math.Sqrt(headDim));

        // [4, 16]
        var weights = stackalloc float[HeadGroup.Size * Lanes.Count];
        var decays = stackalloc float[Lanes.Count];
        for (var head = 0; head < tile.Heads; head += HeadGroup.Size)
        {
            var group = new HeadGroup(Math.Min(HeadGroup.Size, tile.Heads - head), headDim);
            ScoreTile<TLanes, TFloats>.Multiply(queries + (head * headDim), group, keys, headDim, weights);
            Weigh(weights, scale, first, end, running + head, group.Heads, decays);
            ValueTile<TLanes, TElement>.Add(context + (head * headDim), group, decays, weights, values, first, end, headDim);
        }
    }

    /// <summary>Turns each head's 16 scores of a block into weights. Positions that the row does not see weigh nothing, whatever their memory holds.</summary>
    /// <param name="scores">[heads, 16]</param>
    /// <param name="decays">[16]: written, a factor for each head, of what was summed before it. All by one exponential: heads do not wait for each other's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh(float* scores, float scale, int first, int end, RunningSoftmax* running, int heads, float* decays)
    {
        var hidden = TLanes.Broadcast(float.NegativeInfinity);
        var maxima = stackalloc float[HeadGroup.Size];
        for (var h = 0; h < heads; h++)
        {
            var mine = scores + (h * Lanes.Count);
            var visible = TLanes.WhereLess(TLanes.Indices, TLanes.Broadcast(end), TLanes.Load(mine) * TLanes.Broadcast(scale), hidden);
            visible = TLanes.WhereLess(TLanes.Indices, TLanes.Broadcast(first), hidden, visible);
            TLanes.Store(mine, visible);
            var largest = TLanes.Max(visible);
            maxima[h] = largest > running[h].Maximum ? largest : running[h].Maximum;
            decays[h] = running[h].Maximum - maxima[h];
        }

        TLanes.Store(decays, Exponential.Of(TLanes.Load(decays)));
        for (var h = 0; h < heads; h++)
        {
            var mine = scores + (h * Lanes.Count);
            var weights = Exponential.Of(TLanes.Load(mine) - TLanes.Broadcast(maxima[h]));
            TLanes.Store(mine, weights);
            running[h] = new RunningSoftmax(maxima[h], (running[h].Sum * decays[h]) + TLanes.Sum(weights));
        }
    }

    private static void Divide(float* context, float sum, int length)
    {
        for (var d = 0; d < length; d += Lanes.Count)
        {
            var lanes = length - d;
            Lanes.Store(context + d, Lanes.Load<TLanes, float>(context + d, lanes) / TLanes.Broadcast(sum), lanes);
        }
    }
}
