using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// How whole-number weights lie in a lane of 32 bits: an unsigned code of <see cref="Bits"/> bits each, whose value is (code - <see cref="Zero"/>) times the
/// scale of its block. Both 16-bit halves of a lane hold 16 / Bits codes from the lowest bits up; the pair of the halves' n-th codes is plane n, and
/// belongs to the inputs 2n and 2n + 1 of the lane.
/// </summary>
internal interface ICodes
{
    static abstract int Bits { get; }

    static abstract int Zero { get; }

    /// <summary>Inputs of a lane: 32 / Bits.</summary>
    static abstract int LaneInputs { get; }

    /// <summary>The scale of a block from its weight of the largest magnitude, sign included.</summary>
    static abstract TLanes Scale<TLanes>(TLanes largest)
        where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The codes of one plane: 16 pairs of i16. Callers give the plane as a literal, so that its shift is part of the instruction.</summary>
    static abstract TLanes Plane<TLanes>(TLanes vector, int plane)
        where TLanes : unmanaged, ILanes<TLanes>;
}
