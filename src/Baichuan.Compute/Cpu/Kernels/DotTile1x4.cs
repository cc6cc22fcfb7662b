using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>One row of activations by four of weights: the tile of a step with one row, which reads the weights at the speed of memory.</summary>
internal static unsafe class DotTile1x4<TLanes, TWeight>
    where TLanes : unmanaged, ILanes<TLanes>
    where TWeight : unmanaged
{
    /// <param name="length">A multiple of 16.</param>
    /// <param name="xTail">What follows, padded to one vector; added if <paramref name="rest"/> is not 0.</param>
    /// <param name="sums">[1, 4]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        TileRows<float> x, TileRows<TWeight> w, int length, TileRows<float> xTail, TileRows<TWeight> wTail, int rest, float* sums)
    {
        TLanes s00 = default, s01 = default, s02 = default, s03 = default;
        while (true)
        {
            float* x0 = x.Row0;
            TWeight* w0 = w.Row0, w1 = w.Row1, w2 = w.Row2, w3 = w.Row3;
            for (nint i = 0; i < length; i += Lanes.Count)
            {
                var a0 = TLanes.Load(x0 + i);
                var b = Lanes.Load<TLanes, TWeight>(w0 + i);
                s00 = TLanes.MultiplyAdd(a0, b, s00);
                b = Lanes.Load<TLanes, TWeight>(w1 + i);
                s01 = TLanes.MultiplyAdd(a0, b, s01);
                b = Lanes.Load<TLanes, TWeight>(w2 + i);
                s02 = TLanes.MultiplyAdd(a0, b, s02);
                b = Lanes.Load<TLanes, TWeight>(w3 + i);
                s03 = TLanes.MultiplyAdd(a0, b, s03);
            }

            if (rest == 0)
                break;
            (x, w, length, rest) = (xTail, wTail, Lanes.Count, 0);
        }

        sums[0] = TLanes.Sum(s00);
        sums[1] = TLanes.Sum(s01);
        sums[2] = TLanes.Sum(s02);
        sums[3] = TLanes.Sum(s03);
    }
}
