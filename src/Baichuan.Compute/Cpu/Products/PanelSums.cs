using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>The sums of panels over all slices, on their way into the result.</summary>
internal static unsafe class PanelSums<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Rows that pass over a panel while it is in the nearest caches.</summary>
    public const int MaxRows = 64;

    /// <summary>Adds the sums of <paramref name="slices"/> slices, <paramref name="stride"/> apart, of <paramref name="length"/> values each, in the order of <see cref="ReductionTree"/>.</summary>
    /// <param name="sums">Overwritten: the first slice's by the result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* sums, int slices, int stride, int length)
    {
        if (slices == 1)
            return;
        var left = ReductionTree.LeftLeaves(slices);
        var right = sums + (left * stride);
        Add(sums, left, stride, length);
        Add(right, slices - left, stride, length);
        Elementwise<TLanes>.Add(sums, right, length);
    }

    /// <summary>Copies the outputs of a panel to their places.</summary>
    /// <param name="sums">[rows, 16], rows <paramref name="sumStride"/> apart.</param>
    /// <param name="outputs">At most 16.</param>
    /// <param name="y">[rows, outputs], rows <paramref name="yStride"/> apart: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(float* sums, nint sumStride, int rows, IndexRange outputs, float* y, nint yStride)
    {
        for (nint r = 0; r < rows; r++)
            Lanes.Store(y + (r * yStride) + outputs.Start, TLanes.Load(sums + (r * sumStride)), outputs.Count);
    }
}
