using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Tests.Cpu.Kernels;

/// <summary>Three query heads over a cache of four blocks of two KV heads each, in a shuffled table.</summary>
internal static unsafe class AttentionCase
{
    private const int Heads = 3;
    private const int KvHeads = 2;
    private const int Positions = 64;

    private static readonly int[] Table = [2, 0, 3, 1];

    /// <summary>The context's bits: [rows, heads, headDim].</summary>
    public static uint[] Run(KernelSet kernels, int headDim, int position, int rows, int window, bool narrow)
    {
        using var queries = new NativeVector(RandomNumbers.Of(position, rows * Heads * headDim));
        using var keys = new NativeVector(RandomNumbers.Of(11, Positions * KvHeads * headDim));
        using var values = new NativeVector(RandomNumbers.Of(12, Positions * KvHeads * headDim));
        using var context = new NativeVector(rows * Heads * headDim);
        var elementBytes = narrow ? sizeof(Bf16) : sizeof(float);
        var keyData = narrow ? (byte*)keys.ToBf16() : (byte*)(float*)keys;
        var valueData = narrow ? (byte*)values.ToBf16() : (byte*)(float*)values;
        var secondHead = (nint)Lanes.Count * headDim * elementBytes;
        fixed (int* table = Table)
        {
            var tile = new AttentionTile
            {
                Queries = queries,
                QueryStride = Heads * headDim,
                Context = context,
                ContextStride = Heads * headDim,
                Rows = rows,
                Heads = Heads,
                HeadDim = headDim,
                Position = position,
                Window = window,
                Blocks = table,
                Keys = keyData + secondHead,
                Values = valueData + secondHead,
                BlockStride = (nint)KvHeads * Lanes.Count * headDim,
            };
            if (narrow)
                kernels.AttendBf16(tile);
            else
                kernels.AttendF32(tile);
        }

        return context.Bits();
    }
}
