using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>
/// e to the x: x = n ln 2 + r with |r| at most ln 2 / 2, then the Taylor polynomial of degree 7 in r (its remainder is below 6e-9), then a product with 2 to
/// the n. Within 2 units in the last place; +0 below -87.33 (the results that would not be normal numbers), e^88.37 above 88.37; a NaN stays one.
/// </summary>
internal static class Exponential
{
    private const float Least = -87.33654f;
    private const float Most = 88.37f;
    private const float Log2OfE = 1.44269504f;

    // ln 2 in two parts, the first of 9 bits: n times it is exact.
    private const float Ln2Upper = 0.693359375f;
    private const float Ln2Lower = -2.12194440e-4f;

    // 1.5 * 2^23 + 127: adding it rounds to a whole number, which stands with its bias in the sum's lowest bits.
    private const float Rounder = 12582912f + 127f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Of<TLanes>(TLanes x)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var bounded = TLanes.WhereLess(TLanes.Broadcast(Most), x, TLanes.Broadcast(Most), x);
        var biased = TLanes.MultiplyAdd(bounded, TLanes.Broadcast(Log2OfE), TLanes.Broadcast(Rounder));
        var n = biased - TLanes.Broadcast(Rounder);
        var r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-Ln2Upper), bounded);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-Ln2Lower), r);

        var sum = TLanes.Broadcast(1f / 5040);
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Broadcast(1f / 720));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Broadcast(1f / 120));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Broadcast(1f / 24));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Broadcast(1f / 6));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Broadcast(0.5f));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Broadcast(1f));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Broadcast(1f));
        return TLanes.WhereLess(x, TLanes.Broadcast(Least), TLanes.Broadcast(0f), sum * TLanes.PowerOfTwo(biased));
    }
}
