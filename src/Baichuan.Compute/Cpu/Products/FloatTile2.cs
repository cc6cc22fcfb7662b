using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>Two rows of activations by one panel of f32 or bf16 weights; defined by <see cref="FloatTile1{TLanes,TFloats}"/>.</summary>
internal static unsafe class FloatTile2<TLanes, TFloats>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFloats : IFloats
{
    /// <param name="panel">[inputs, 32], as <see cref="IFloats"/> lays them.</param>
    /// <param name="x">[2, inputs], rows <paramref name="xStride"/> apart.</param>
    /// <param name="sums">[2, 32]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* panel, int inputs, float* x, nint xStride, float* sums)
    {
        var x0 = x;
        var x1 = x + xStride;
        TLanes s00 = default, s01 = default;
        TLanes s10 = default, s11 = default;
        nint k = 0;
        for (; k + 1 < inputs; k += 2)
        {
            var second = panel + TFloats.PairBytes;
            var w0 = TFloats.First<TLanes>(panel);
            var w1 = TFloats.First<TLanes>(second);
            var a = TLanes.BroadcastBits(x0 + k);
            s00 = TLanes.MultiplyAdd(w0, a, s00);
            s01 = TLanes.MultiplyAdd(w1, a, s01);
            a = TLanes.BroadcastBits(x1 + k);
            s10 = TLanes.MultiplyAdd(w0, a, s10);
            s11 = TLanes.MultiplyAdd(w1, a, s11);
            w0 = TFloats.Second<TLanes>(panel);
            w1 = TFloats.Second<TLanes>(second);
            a = TLanes.BroadcastBits(x0 + k + 1);
            s00 = TLanes.MultiplyAdd(w0, a, s00);
            s01 = TLanes.MultiplyAdd(w1, a, s01);
            a = TLanes.BroadcastBits(x1 + k + 1);
            s10 = TLanes.MultiplyAdd(w0, a, s10);
            s11 = TLanes.MultiplyAdd(w1, a, s11);
            panel = second + TFloats.PairBytes;
        }

        if (k < inputs)
        {
            var w0 = TFloats.First<TLanes>(panel);
            var w1 = TFloats.First<TLanes>(panel + TFloats.PairBytes);
            s00 = TLanes.MultiplyAdd(w0, TLanes.BroadcastBits(x0 + k), s00);
            s01 = TLanes.MultiplyAdd(w1, TLanes.BroadcastBits(x0 + k), s01);
            s10 = TLanes.MultiplyAdd(w0, TLanes.BroadcastBits(x1 + k), s10);
            s11 = TLanes.MultiplyAdd(w1, TLanes.BroadcastBits(x1 + k), s11);
        }

        TLanes.Store(sums, s00);
        TLanes.Store(sums + Lanes.Count, s01);
        TLanes.Store(sums + (2 * Lanes.Count), s10);
        TLanes.Store(sums + (3 * Lanes.Count), s11);
    }
}
