using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>Two rows of activations by two of weights: what sixteen registers of eight lanes hold.</summary>
internal static unsafe class DotTile2x2<TLanes, TWeight>
    where TLanes : unmanaged, ILanes<TLanes>
    where TWeight : unmanaged
{
    /// <param name="length">A multiple of 16.</param>
    /// <param name="xTail">What follows, padded to one vector; added if <paramref name="rest"/> is not 0.</param>
    /// <param name="sums">[2, 2]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        TileRows<float> x, TileRows<TWeight> w, int length, TileRows<float> xTail, TileRows<TWeight> wTail, int rest, float* sums)
    {
        TLanes s00 = default, s01 = default;
        TLanes s10 = default, s11 = default;
        while (true)
        {
            float* x0 = x.Row0, x1 = x.Row1;
            TWeight* w0 = w.Row0, w1 = w.Row1;
            for (nint i = 0; i < length; i += Lanes.Count)
            {
                var a0 = TLanes.Load(x0 + i);
                var a1 = TLanes.Load(x1 + i);
                var b = Lanes.Load<TLanes, TWeight>(w0 + i);
                s00 = TLanes.MultiplyAdd(a0, b, s00);
                s10 = TLanes.MultiplyAdd(a1, b, s10);
                b = Lanes.Load<TLanes, TWeight>(w1 + i);
                s01 = TLanes.MultiplyAdd(a0, b, s01);
                s11 = TLanes.MultiplyAdd(a1, b, s11);
            }

            if (rest == 0)
                break;
            (x, w, length, rest) = (xTail, wTail, Lanes.Count, 0);
        }

        sums[0] = TLanes.Sum(s00);
        sums[1] = TLanes.Sum(s01);
        sums[2] = TLanes.Sum(s10);
        sums[3] = TLanes.Sum(s11);
    }
}
