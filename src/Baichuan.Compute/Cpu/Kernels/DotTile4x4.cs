using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>Four rows of activations by four of weights, for thirty-two registers of sixteen lanes: eight loads feed sixteen multiply-adds.</summary>
internal static unsafe class DotTile4x4<TLanes, TWeight>
    where TLanes : unmanaged, ILanes<TLanes>
    where TWeight : unmanaged
{
    /// <param name="length">A multiple of 16.</param>
    /// <param name="xTail">What follows, padded to one vector; added if <paramref name="rest"/> is not 0.</param>
    /// <param name="sums">[4, 4]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        TileRows<float> x, TileRows<TWeight> w, int length, TileRows<float> xTail, TileRows<TWeight> wTail, int rest, float* sums)
    {
        TLanes s00 = default, s01 = default, s02 = default, s03 = default;
        TLanes s10 = default, s11 = default, s12 = default, s13 = default;
        TLanes s20 = default, s21 = default, s22 = default, s23 = default;
        TLanes s30 = default, s31 = default, s32 = default, s33 = default;
        while (true)
        {
            float* x0 = x.Row0, x1 = x.Row1, x2 = x.Row2, x3 = x.Row3;
            TWeight* w0 = w.Row0, w1 = w.Row1, w2 = w.Row2, w3 = w.Row3;
            for (nint i = 0; i < length; i += Lanes.Count)
            {
                var a0 = TLanes.Load(x0 + i);
                var a1 = TLanes.Load(x1 + i);
                var a2 = TLanes.Load(x2 + i);
                var a3 = TLanes.Load(x3 + i);
                var b = Lanes.Load<TLanes, TWeight>(w0 + i);
                s00 = TLanes.MultiplyAdd(a0, b, s00);
                s10 = TLanes.MultiplyAdd(a1, b, s10);
                s20 = TLanes.MultiplyAdd(a2, b, s20);
                s30 = TLanes.MultiplyAdd(a3, b, s30);
                b = Lanes.Load<TLanes, TWeight>(w1 + i);
                s01 = TLanes.MultiplyAdd(a0, b, s01);
                s11 = TLanes.MultiplyAdd(a1, b, s11);
                s21 = TLanes.MultiplyAdd(a2, b, s21);
                s31 = TLanes.MultiplyAdd(a3, b, s31);
                b = Lanes.Load<TLanes, TWeight>(w2 + i);
                s02 = TLanes.MultiplyAdd(a0, b, s02);
                s12 = TLanes.MultiplyAdd(a1, b, s12);
                s22 = TLanes.MultiplyAdd(a2, b, s22);
                s32 = TLanes.MultiplyAdd(a3, b, s32);
                b = Lanes.Load<TLanes, TWeight>(w3 + i);
                s03 = TLanes.MultiplyAdd(a0, b, s03);
                s13 = TLanes.MultiplyAdd(a1, b, s13);
                s23 = TLanes.MultiplyAdd(a2, b, s23);
                s33 = TLanes.MultiplyAdd(a3, b, s33);
            }

            if (rest == 0)
                break;
            (x, w, length, rest) = (xTail, wTail, Lanes.Count, 0);
        }

        sums[0] = TLanes.Sum(s00);
        sums[1] = TLanes.Sum(s01);
        sums[2] = TLanes.Sum(s02);
        sums[3] = TLanes.Sum(s03);
        sums[4] = TLanes.Sum(s10);
        sums[5] = TLanes.Sum(s11);
        sums[6] = TLanes.Sum(s12);
        sums[7] = TLanes.Sum(s13);
        sums[8] = TLanes.Sum(s20);
        sums[9] = TLanes.Sum(s21);
        sums[10] = TLanes.Sum(s22);
        sums[11] = TLanes.Sum(s23);
        sums[12] = TLanes.Sum(s30);
        sums[13] = TLanes.Sum(s31);
        sums[14] = TLanes.Sum(s32);
        sums[15] = TLanes.Sum(s33);
    }
}
