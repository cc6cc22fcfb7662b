using Baichuan.Compute.Cpu.Attention;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.State;
using Baichuan.Compute.Tests.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Tests.Cpu.Attention;

/// <summary>Some query heads over a cache of four blocks of two KV heads each, in a shuffled table.</summary>
internal sealed unsafe record AttentionCase(int Heads, int HeadDim, int Position, int Rows, int Window, KvType Type)
{
    private const int KvHeads = 2;
    private const int Positions = 64;

    private static readonly int[] Table = [2, 0, 3, 1];

    private float[] Queries => RandomNumbers.Of(Position, Rows * Heads * HeadDim);

    private float[] Keys => RandomNumbers.Of(11, Positions * HeadDim);

    private float[] Values => RandomNumbers.Of(12, Positions * HeadDim);

    /// <summary>The context's bits: [rows, heads, headDim].</summary>
    public uint[] Run(KernelSet kernels) => Run(kernels, 0, Rows, 0, Heads);

    /// <summary>The bits of one row and head, computed in a tile of its own: [headDim].</summary>
    public uint[] RunAlone(KernelSet kernels, int row, int head) => Run(kernels, row, 1, head, 1);

    private uint[] Run(KernelSet kernels, int row, int rows, int head, int heads)
    {
        using var heap = new NativeHeap();
        var cache = new KvPool(heap, Type, Table.Length, KvHeads, HeadDim, 1);
        Fill(cache);
        using var queries = new NativeVector(Queries);
        using var context = new NativeVector(rows * heads * HeadDim);
        fixed (int* table = Table)
        {
            var tile = new AttentionTile
            {
                Queries = (float*)queries + (((row * Heads) + head) * HeadDim),
                QueryStride = Heads * HeadDim,
                Context = context,
                ContextStride = heads * HeadDim,
                Rows = rows,
                Heads = heads,
                HeadDim = HeadDim,
                Position = Position + row,
                Window = Window,
                Blocks = table,
                Keys = cache.Keys(1),
                Values = cache.Values(1),
                BlockStride = cache.BlockStride,
            };
            if (Type == KvType.BF16)
                kernels.AttendBf16(tile);
            else
                kernels.AttendF32(tile);
        }

        return context.Bits();
    }

    /// <summary>The same in double, from the formula.</summary>
    public double[] Expected()
    {
        var expected = new double[Rows * Heads * HeadDim];
        var (queries, keys, values) = (Queries, Keys, Values);
        for (var r = 0; r < Rows; r++)
        {
            var last = Position + r;
            var visible = Enumerable.Range(0, last + 1).Where(p => last - p < Window).ToArray();
            for (var h = 0; h < Heads; h++)
            {
                var query = queries.AsSpan(((r * Heads) + h) * HeadDim, HeadDim);
                var scores = new double[visible.Length];
                for (var i = 0; i < visible.Length; i++)
                {
                    for (var d = 0; d < HeadDim; d++)
                        scores[i] += (double)query[d] * Cached(keys[(visible[i] * HeadDim) + d]) / Math.Sqrt(HeadDim);
                }

                var largest = scores.Max();
                var sum = scores.Sum(s => Math.Exp(s - largest));
                for (var d = 0; d < HeadDim; d++)
                    expected[(((r * Heads) + h) * HeadDim) + d] = visible.Select((p, i) => Math.Exp(scores[i] - largest) / sum * Cached(values[(p * HeadDim) + d])).Sum();
            }
        }

        return expected;
    }

    private float Cached(float value) => Type == KvType.BF16 ? Bf16.From(value).ToSingle() : value;

    /// <summary>Writes the positions that the rows see; those behind them, and the other KV head, are left as garbage that may be NaN.</summary>
    private void Fill(KvPool cache)
    {
        for (var block = 0; block < Table.Length; block++)
        {
            for (var head = 0; head < KvHeads; head++)
            {
                for (var slot = 0; slot < Lanes.Count; slot++)
                {
                    Span<float> nothing = new float[HeadDim];
                    nothing.Fill(float.NaN);
                    cache.WriteKey(block, head, slot, nothing);
                    cache.WriteValue(block, head, slot, nothing);
                }
            }
        }

        var (keys, values) = (Keys, Values);
        for (var p = Math.Max(0, Position + 1 - Window); p < Position + Rows; p++)
        {
            cache.WriteKey(Table[p / Lanes.Count], 1, p % Lanes.Count, keys.AsSpan(p * HeadDim, HeadDim));
            cache.WriteValue(Table[p / Lanes.Count], 1, p % Lanes.Count, values.AsSpan(p * HeadDim, HeadDim));
        }
    }
}
