using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>f32: a vector for each input.</summary>
internal readonly unsafe struct WideFloats : IFloats
{
    public static int PairBytes => 2 * Lanes.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes First<TLanes>(byte* pair)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.LoadBits(pair);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Second<TLanes>(byte* pair)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.LoadBits(pair + Lanes.Bytes);

    public static int Place(int input, int output) => (input * Lanes.Count) + output;

    public static void Write(byte* pair, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        first.CopyTo(new Span<float>(pair, Lanes.Count));
        second.CopyTo(new Span<float>(pair + Lanes.Bytes, Lanes.Count));
    }
}
