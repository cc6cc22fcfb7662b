using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>int8: codes 1 to 255 for -127 to 127.</summary>
internal readonly struct ByteCodes : ICodes
{
    public static int Bits => 8;

    public static int Zero => 128;

    public static int LaneInputs => 4;

    public static TLanes Scale<TLanes>(TLanes largest)
        where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.And(largest / TLanes.Broadcast(127), int.MaxValue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Plane<TLanes>(TLanes vector, int plane)
        where TLanes : unmanaged, ILanes<TLanes> =>
        plane == 0 ? TLanes.And(vector, 0x00ff00ff) : TLanes.ShiftHalvesRight(vector, 8);
}
