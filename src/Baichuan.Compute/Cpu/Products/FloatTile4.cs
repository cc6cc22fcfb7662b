using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>Four rows of activations by a panel of f32 or bf16 weights of each stream; defined by <see cref="FloatTile1{TLanes,TFloats}"/>. For registers that hold it: see <see cref="ILanes{TSelf}.HoldsSixteen"/>.</summary>
internal static unsafe class FloatTile4<TLanes, TFloats>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFloats : IFloats
{
    /// <param name="panel">[inputs, 16], of the first stream; those of the other three are <paramref name="apart"/> bytes from each other.</param>
    /// <param name="x">[4, inputs], rows <paramref name="xStride"/> apart.</param>
    /// <param name="sums">[4, 4, 16]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* panel, nint apart, int inputs, float* x, nint xStride, float* sums)
    {
        var x0 = x;
        var x1 = x + xStride;
        var x2 = x + (2 * xStride);
        var x3 = x + (3 * xStride);
        TLanes s00 = default, s01 = default, s02 = default, s03 = default;
        TLanes s10 = default, s11 = default, s12 = default, s13 = default;
        TLanes s20 = default, s21 = default, s22 = default, s23 = default;
        TLanes s30 = default, s31 = default, s32 = default, s33 = default;
        var panel0 = panel;
        var panel1 = panel0 + apart;
        var panel2 = panel1 + apart;
        var panel3 = panel2 + apart;
        nint k = 0;
        for (; k + 1 < inputs; k += 2)
        {
            Prefetch.Line(panel0 + Prefetch.StreamDistance);
            Prefetch.Line(panel1 + Prefetch.StreamDistance);
            Prefetch.Line(panel2 + Prefetch.StreamDistance);
            Prefetch.Line(panel3 + Prefetch.StreamDistance);
            var w0 = TFloats.First<TLanes>(panel0);
            var w1 = TFloats.First<TLanes>(panel1);
            var w2 = TFloats.First<TLanes>(panel2);
            var w3 = TFloats.First<TLanes>(panel3);
            var a = TLanes.BroadcastBits(x0 + k);
            s00 = TLanes.MultiplyAdd(w0, a, s00);
            s01 = TLanes.MultiplyAdd(w1, a, s01);
            s02 = TLanes.MultiplyAdd(w2, a, s02);
            s03 = TLanes.MultiplyAdd(w3, a, s03);
            a = TLanes.BroadcastBits(x1 + k);
            s10 = TLanes.MultiplyAdd(w0, a, s10);
            s11 = TLanes.MultiplyAdd(w1, a, s11);
            s12 = TLanes.MultiplyAdd(w2, a, s12);
            s13 = TLanes.MultiplyAdd(w3, a, s13);
            a = TLanes.BroadcastBits(x2 + k);
            s20 = TLanes.MultiplyAdd(w0, a, s20);
            s21 = TLanes.MultiplyAdd(w1, a, s21);
            s22 = TLanes.MultiplyAdd(w2, a, s22);
            s23 = TLanes.MultiplyAdd(w3, a, s23);
            a = TLanes.BroadcastBits(x3 + k);
            s30 = TLanes.MultiplyAdd(w0, a, s30);
            s31 = TLanes.MultiplyAdd(w1, a, s31);
            s32 = TLanes.MultiplyAdd(w2, a, s32);
            s33 = TLanes.MultiplyAdd(w3, a, s33);
            w0 = TFloats.Second<TLanes>(panel0);
            w1 = TFloats.Second<TLanes>(panel1);
            w2 = TFloats.Second<TLanes>(panel2);
            w3 = TFloats.Second<TLanes>(panel3);
            a = TLanes.BroadcastBits(x0 + k + 1);
            s00 = TLanes.MultiplyAdd(w0, a, s00);
            s01 = TLanes.MultiplyAdd(w1, a, s01);
            s02 = TLanes.MultiplyAdd(w2, a, s02);
            s03 = TLanes.MultiplyAdd(w3, a, s03);
            a = TLanes.BroadcastBits(x1 + k + 1);
            s10 = TLanes.MultiplyAdd(w0, a, s10);
            s11 = TLanes.MultiplyAdd(w1, a, s11);
            s12 = TLanes.MultiplyAdd(w2, a, s12);
            s13 = TLanes.MultiplyAdd(w3, a, s13);
            a = TLanes.BroadcastBits(x2 + k + 1);
            s20 = TLanes.MultiplyAdd(w0, a, s20);
            s21 = TLanes.MultiplyAdd(w1, a, s21);
            s22 = TLanes.MultiplyAdd(w2, a, s22);
            s23 = TLanes.MultiplyAdd(w3, a, s23);
            a = TLanes.BroadcastBits(x3 + k + 1);
            s30 = TLanes.MultiplyAdd(w0, a, s30);
            s31 = TLanes.MultiplyAdd(w1, a, s31);
            s32 = TLanes.MultiplyAdd(w2, a, s32);
            s33 = TLanes.MultiplyAdd(w3, a, s33);
            panel0 += TFloats.PairBytes;
            panel1 += TFloats.PairBytes;
            panel2 += TFloats.PairBytes;
            panel3 += TFloats.PairBytes;
        }

        if (k < inputs)
        {
            s00 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel0), TLanes.BroadcastBits(x0 + k), s00);
            s01 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel1), TLanes.BroadcastBits(x0 + k), s01);
            s02 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel2), TLanes.BroadcastBits(x0 + k), s02);
            s03 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel3), TLanes.BroadcastBits(x0 + k), s03);
            s10 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel0), TLanes.BroadcastBits(x1 + k), s10);
            s11 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel1), TLanes.BroadcastBits(x1 + k), s11);
            s12 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel2), TLanes.BroadcastBits(x1 + k), s12);
            s13 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel3), TLanes.BroadcastBits(x1 + k), s13);
            s20 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel0), TLanes.BroadcastBits(x2 + k), s20);
            s21 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel1), TLanes.BroadcastBits(x2 + k), s21);
            s22 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel2), TLanes.BroadcastBits(x2 + k), s22);
            s23 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel3), TLanes.BroadcastBits(x2 + k), s23);
            s30 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel0), TLanes.BroadcastBits(x3 + k), s30);
            s31 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel1), TLanes.BroadcastBits(x3 + k), s31);
            s32 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel2), TLanes.BroadcastBits(x3 + k), s32);
            s33 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel3), TLanes.BroadcastBits(x3 + k), s33);
        }

        TLanes.Store(sums, s00);
        TLanes.Store(sums + Lanes.Count, s01);
        TLanes.Store(sums + (2 * Lanes.Count), s02);
        TLanes.Store(sums + (3 * Lanes.Count), s03);
        TLanes.Store(sums + (4 * Lanes.Count), s10);
        TLanes.Store(sums + (5 * Lanes.Count), s11);
        TLanes.Store(sums + (6 * Lanes.Count), s12);
        TLanes.Store(sums + (7 * Lanes.Count), s13);
        TLanes.Store(sums + (8 * Lanes.Count), s20);
        TLanes.Store(sums + (9 * Lanes.Count), s21);
        TLanes.Store(sums + (10 * Lanes.Count), s22);
        TLanes.Store(sums + (11 * Lanes.Count), s23);
        TLanes.Store(sums + (12 * Lanes.Count), s30);
        TLanes.Store(sums + (13 * Lanes.Count), s31);
        TLanes.Store(sums + (14 * Lanes.Count), s32);
        TLanes.Store(sums + (15 * Lanes.Count), s33);
    }
}
