using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// One row of activations by a panel of f32 or bf16 weights of each stream. For output o: acc = 0; for each input k in order, acc = fma(w[o, k], x[k], acc).
/// </summary>
/// <remarks>Every tile gives an element these bits, whatever rows and outputs share it.</remarks>
internal static unsafe class FloatTile1<TLanes, TFloats>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFloats : IFloats
{
    /// <param name="panel">[inputs, 16], of the first stream; those of the other three are <paramref name="apart"/> bytes from each other.</param>
    /// <param name="x">[1, inputs].</param>
    /// <param name="sums">[1, 4, 16]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* panel, nint apart, int inputs, float* x, float* sums)
    {
        TLanes s00 = default, s01 = default, s02 = default, s03 = default;
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
            var a = TLanes.BroadcastBits(x + k);
            s00 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel0), a, s00);
            s01 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel1), a, s01);
            s02 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel2), a, s02);
            s03 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel3), a, s03);
            a = TLanes.BroadcastBits(x + k + 1);
            s00 = TLanes.MultiplyAdd(TFloats.Second<TLanes>(panel0), a, s00);
            s01 = TLanes.MultiplyAdd(TFloats.Second<TLanes>(panel1), a, s01);
            s02 = TLanes.MultiplyAdd(TFloats.Second<TLanes>(panel2), a, s02);
            s03 = TLanes.MultiplyAdd(TFloats.Second<TLanes>(panel3), a, s03);
            panel0 += TFloats.PairBytes;
            panel1 += TFloats.PairBytes;
            panel2 += TFloats.PairBytes;
            panel3 += TFloats.PairBytes;
        }

        if (k < inputs)
        {
            s00 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel0), TLanes.BroadcastBits(x + k), s00);
            s01 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel1), TLanes.BroadcastBits(x + k), s01);
            s02 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel2), TLanes.BroadcastBits(x + k), s02);
            s03 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel3), TLanes.BroadcastBits(x + k), s03);
        }

        TLanes.Store(sums, s00);
        TLanes.Store(sums + Lanes.Count, s01);
        TLanes.Store(sums + (2 * Lanes.Count), s02);
        TLanes.Store(sums + (3 * Lanes.Count), s03);
    }
}
