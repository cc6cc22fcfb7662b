using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>
/// softmax(q K^T / sqrt(HeadDim)) V over the cache, one block of 16 positions after the other with the online softmax (Milakov and Gimelshein,
/// 2018): with running maximum m, sum l and weighted values a, a block of scores s makes m' = max(m, s), l' = l e^(m - m') + sum of e^(s - m'),
/// a' = a e^(m - m') + sum of e^(s - m') V. Blocks lie at absolute positions, so a row's result does not depend on how its sequence was cut into
/// chunks, nor on its neighbours. No score outlives its block.
/// </summary>
/// <typeparam name="TLanes">The variant.</typeparam>
/// <typeparam name="TElement">The cache's type, <see cref="float"/> or <see cref="Bf16"/>.</typeparam>
internal static unsafe class Attention<TLanes, TElement>
    where TLanes : unmanaged, ILanes<TLanes>
    where TElement : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(in AttentionTile tile)
    {
        // [rows, heads]
        var maxima = stackalloc float[tile.Rows * tile.Heads];
        var sums = stackalloc float[tile.Rows * tile.Heads];
        new Span<float>(maxima, tile.Rows * tile.Heads).Fill(float.NegativeInfinity);
        new Span<float>(sums, tile.Rows * tile.Heads).Clear();
        for (var r = 0; r < tile.Rows; r++)
            new Span<float>(tile.Context + (r * tile.ContextStride), tile.Heads * tile.HeadDim).Clear();

        // Rows inside blocks: a block is read from memory once for all of them.
        var lastBlock = (tile.Position + tile.Rows - 1) / Lanes.Count;
        for (var block = FirstVisible(tile, 0) / Lanes.Count; block <= lastBlock; block++)
        {
            for (var r = 0; r < tile.Rows; r++)
            {
                var first = Math.Max(0, FirstVisible(tile, r) - (block * Lanes.Count));
                var end = Math.Min(Lanes.Count, tile.Position + r + 1 - (block * Lanes.Count));
                if (first < end)
                    AddBlock(tile, r, block, first, end - first, maxima + (r * tile.Heads), sums + (r * tile.Heads));
            }
        }

        for (var r = 0; r < tile.Rows; r++)
        {
            for (var h = 0; h < tile.Heads; h++)
                Divide(tile.Context + (r * tile.ContextStride) + (h * tile.HeadDim), sums[(r * tile.Heads) + h], tile.HeadDim);
        }
    }

    private static int FirstVisible(in AttentionTile tile, int row) => Math.Max(0, tile.Position + row + 1 - tile.Window);

    /// <summary>Adds <paramref name="count"/> positions of a block, from its <paramref name="first"/>, to a row's running results.</summary>
    private static void AddBlock(in AttentionTile tile, int row, int block, int first, int count, float* maxima, float* sums)
    {
        var headDim = tile.HeadDim;
        var offset = (tile.Blocks[block] * tile.BlockStride) + ((nint)first * headDim);
        var keys = (TElement*)tile.Keys + offset;
        var values = (TElement*)tile.Values + offset;
        var context = tile.Context + (row * tile.ContextStride);

        // [heads, 16]; lanes behind the last position weigh nothing.
        var scores = stackalloc float[tile.Heads * Lanes.Count];
        new Span<float>(scores, tile.Heads * Lanes.Count).Fill(float.NegativeInfinity);
        DotProducts<TLanes, TElement>.Multiply(
            tile.Queries + (row * tile.QueryStride), headDim, tile.Heads, keys, headDim, count, headDim, scores, Lanes.Count);
        for (var h = 0; h < tile.Heads; h++)
        {
            var decay = Weigh(scores + (h * Lanes.Count), (float)(1 / Math.Sqrt(headDim)), ref maxima[h], ref sums[h]);
            WeightedValues<TLanes, TElement>.Add(context + (h * headDim), decay, scores + (h * Lanes.Count), values, count, headDim);
        }
    }

    /// <summary>Turns the 16 scores of a block into weights, and returns the factor of what was summed before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Weigh(float* scores, float scale, ref float maximum, ref float sum)
    {
        var scaled = TLanes.Load(scores) * TLanes.Broadcast(scale);
        var largest = TLanes.Max(scaled);
        var next = largest > maximum ? largest : maximum;
        var weights = Exponential.Of(scaled - TLanes.Broadcast(next));
        var decay = TLanes.First(Exponential.Of(TLanes.Broadcast(maximum - next)));
        TLanes.Store(scores, weights);
        sum = (sum * decay) + TLanes.Sum(weights);
        maximum = next;
        return decay;
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
