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
    /// <param name="panel">[inputs, 32], as <see cref="IFloats"/> lays them.</param>
    /// <param name="x">[1, inputs].</param>
    /// <param name="sums">[1, 32]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* panel, int inputs, float* x, float* sums)
    {
        TLanes s00 = default, s01 = default;
        nint k = 0;
        for (; k + 1 < inputs; k += 2)
        {
            var second = panel + TFloats.PairBytes;
            var w0 = TFloats.First<TLanes>(panel);
            var w1 = TFloats.First<TLanes>(second);
            var a = TLanes.BroadcastBits(x + k);
            s00 = TLanes.MultiplyAdd(w0, a, s00);
            s01 = TLanes.MultiplyAdd(w1, a, s01);
            w0 = TFloats.Second<TLanes>(panel);
            w1 = TFloats.Second<TLanes>(second);
            a = TLanes.BroadcastBits(x + k + 1);
            s00 = TLanes.MultiplyAdd(w0, a, s00);
            s01 = TLanes.MultiplyAdd(w1, a, s01);
            panel = second + TFloats.PairBytes;
        }

        if (k < inputs)
        {
            var w0 = TFloats.First<TLanes>(panel);
            var w1 = TFloats.First<TLanes>(panel + TFloats.PairBytes);
            s00 = TLanes.MultiplyAdd(w0, TLanes.BroadcastBits(x + k), s00);
            s01 = TLanes.MultiplyAdd(w1, TLanes.BroadcastBits(x + k), s01);
        }

        TLanes.Store(sums, s00);
        TLanes.Store(sums + Lanes.Count, s01);
    }
}
