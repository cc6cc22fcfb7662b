using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>bf16: a lane of 32 bits holds an output's weights for both inputs, the first one in its lower half.</summary>
internal readonly unsafe struct NarrowFloats : IFloats
{
    public static int PairBytes => Lanes.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes First<TLanes>(byte* pair)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.ShiftLeft(TLanes.LoadBits(pair), 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Second<TLanes>(byte* pair)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.And(TLanes.LoadBits(pair), unchecked((int)0xffff0000));

    public static int Place(int input, int output) => ((input / 2) * 2 * Lanes.Count) + (2 * output) + (input % 2);

    public static void Write(byte* pair, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        var lanes = (Bf16*)pair;
        for (var o = 0; o < Lanes.Count; o++)
        {
            lanes[2 * o] = Bf16.From(first[o]);
            lanes[(2 * o) + 1] = Bf16.From(second[o]);
        }
    }
}
