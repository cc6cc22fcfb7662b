using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// One row of activations by one panel of f32 or bf16 weights. For output o: acc = 0; for each input k in order, acc = fma(w[o, k], x[k], acc).
/// </summary>
/// <remarks>Every tile gives an element these bits, whatever rows and outputs share it.</remarks>
internal static unsafe class FloatTile1<TLanes, TFloats>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFloats : IFloats
{
    /// <param name="panel">[inputs, 64], as <see cref="IFloats"/> lays them.</param>
    /// <param name="x">[1, inputs].</param>
    /// <param name="sums">[1, 64]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* panel, int inputs, float* x, float* sums)
    {
        TLanes s00 = default, s01 = default, s02 = default, s03 = default;
        nint k = 0;
        for (; k + 1 < inputs; k += 2)
        {
            var a = TLanes.BroadcastBits(x + k);
            s00 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel), a, s00);
            s01 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel + TFloats.PairBytes), a, s01);
            s02 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel + (2 * TFloats.PairBytes)), a, s02);
            s03 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel + (3 * TFloats.PairBytes)), a, s03);
            a = TLanes.BroadcastBits(x + k + 1);
            s00 = TLanes.MultiplyAdd(TFloats.Second<TLanes>(panel), a, s00);
            s01 = TLanes.MultiplyAdd(TFloats.Second<TLanes>(panel + TFloats.PairBytes), a, s01);
            s02 = TLanes.MultiplyAdd(TFloats.Second<TLanes>(panel + (2 * TFloats.PairBytes)), a, s02);
            s03 = TLanes.MultiplyAdd(TFloats.Second<TLanes>(panel + (3 * TFloats.PairBytes)), a, s03);
            panel += 4 * TFloats.PairBytes;
        }

        if (k < inputs)
        {
            s00 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel), TLanes.BroadcastBits(x + k), s00);
            s01 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel + TFloats.PairBytes), TLanes.BroadcastBits(x + k), s01);
            s02 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel + (2 * TFloats.PairBytes)), TLanes.BroadcastBits(x + k), s02);
            s03 = TLanes.MultiplyAdd(TFloats.First<TLanes>(panel + (3 * TFloats.PairBytes)), TLanes.BroadcastBits(x + k), s03);
        }

        TLanes.Store(sums, s00);
        TLanes.Store(sums + Lanes.Count, s01);
        TLanes.Store(sums + (2 * Lanes.Count), s02);
        TLanes.Store(sums + (3 * Lanes.Count), s03);
    }
}
