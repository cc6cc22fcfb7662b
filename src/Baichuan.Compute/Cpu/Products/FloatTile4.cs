using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>Four rows of activations by one panel of f32 or bf16 weights; defined by <see cref="FloatTile1{TLanes,TFloats}"/>. For registers that hold it: see <see cref="ILanes{TSelf}.HoldsEight"/>.</summary>
internal static unsafe class FloatTile4<TLanes, TFloats>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFloats : IFloats
{
    /// <param name="panel">[inputs, 32], as <see cref="IFloats"/> lays them.</param>
    /// <param name="x">[4, inputs], rows <paramref name="xStride"/> apart.</param>
    /// <param name="sums">[4, 32]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* panel, int inputs, float* x, nint xStride, float* sums)
    {
        var x0 = x;
        var x1 = x + xStride;
        var x2 = x + (2 * xStride);
        var x3 = x + (3 * xStride);
        TLanes s00 = default, s01 = default;
        TLanes s10 = default, s11 = default;
        TLanes s20 = default, s21 = default;
        TLanes s30 = default, s31 = default;
        nint k = 0;
        for (; k + 1 < inputs; k += 2)
        {
            var second = panel + TFloats.PairBytes;
            Prefetch.Line(panel + Prefetch.Distance);
            var w0 = TFloats.First<TLanes>(panel);
            var w1 = TFloats.First<TLanes>(second);
            var a = TLanes.BroadcastBits(x0 + k);
            s00 = TLanes.MultiplyAdd(w0, a, s00);
            s01 = TLanes.MultiplyAdd(w1, a, s01);
            a = TLanes.BroadcastBits(x1 + k);
            s10 = TLanes.MultiplyAdd(w0, a, s10);
            s11 = TLanes.MultiplyAdd(w1, a, s11);
            a = TLanes.BroadcastBits(x2 + k);
            s20 = TLanes.MultiplyAdd(w0, a, s20);
            s21 = TLanes.MultiplyAdd(w1, a, s21);
            a = TLanes.BroadcastBits(x3 + k);
            s30 = TLanes.MultiplyAdd(w0, a, s30);
            s31 = TLanes.MultiplyAdd(w1, a, s31);
            w0 = TFloats.Second<TLanes>(panel);
            w1 = TFloats.Second<TLanes>(second);
            a = TLanes.BroadcastBits(x0 + k + 1);
            s00 = TLanes.MultiplyAdd(w0, a, s00);
            s01 = TLanes.MultiplyAdd(w1, a, s01);
            a = TLanes.BroadcastBits(x1 + k + 1);
            s10 = TLanes.MultiplyAdd(w0, a, s10);
            s11 = TLanes.MultiplyAdd(w1, a, s11);
            a = TLanes.BroadcastBits(x2 + k + 1);
            s20 = TLanes.MultiplyAdd(w0, a, s20);
            s21 = TLanes.MultiplyAdd(w1, a, s21);
            a = TLanes.BroadcastBits(x3 + k + 1);
            s30 = TLanes.MultiplyAdd(w0, a, s30);
            s31 = TLanes.MultiplyAdd(w1, a, s31);
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
            s20 = TLanes.MultiplyAdd(w0, TLanes.BroadcastBits(x2 + k), s20);
            s21 = TLanes.MultiplyAdd(w1, TLanes.BroadcastBits(x2 + k), s21);
            s30 = TLanes.MultiplyAdd(w0, TLanes.BroadcastBits(x3 + k), s30);
            s31 = TLanes.MultiplyAdd(w1, TLanes.BroadcastBits(x3 + k), s31);
        }

        TLanes.Store(sums, s00);
        TLanes.Store(sums + Lanes.Count, s01);
        TLanes.Store(sums + (2 * Lanes.Count), s10);
        TLanes.Store(sums + (3 * Lanes.Count), s11);
        TLanes.Store(sums + (4 * Lanes.Count), s20);
        TLanes.Store(sums + (5 * Lanes.Count), s21);
        TLanes.Store(sums + (6 * Lanes.Count), s30);
        TLanes.Store(sums + (7 * Lanes.Count), s31);
    }
}
