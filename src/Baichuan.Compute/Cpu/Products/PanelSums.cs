using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>The sums of one panel over all slices, on their way into the result.</summary>
internal static unsafe class PanelSums<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Rows that pass over a panel while it is in the nearest caches.</summary>
    public const int MaxRows = 64;

    /// <summary>Adds up the slices in the order of <see cref="ReductionTree"/> and copies the panel's outputs to their places.</summary>
    /// <param name="sums">[slices, MaxRows, panelOutputs]: overwritten.</param>
    /// <param name="outputs">How many of <paramref name="panelOutputs"/> the matrix has.</param>
    /// <param name="y">[rows, outputs], rows <paramref name="yStride"/> apart: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(float* sums, int slices, int rows, int panelOutputs, int outputs, float* y, nint yStride)
    {
        AddTree(sums, slices, MaxRows * panelOutputs, rows * panelOutputs);
        for (nint r = 0; r < rows; r++)
        {
            for (var o = 0; o < outputs; o += Lanes.Count)
                Lanes.Store(y + (r * yStride) + o, TLanes.Load(sums + (r * panelOutputs) + o), outputs - o);
        }
    }

    /// <summary>Adds leaves of <paramref name="length"/> values, <paramref name="stride"/> apart, into the first.</summary>
    private static void AddTree(float* leaves, int count, int stride, int length)
    {
        if (count == 1)
            return;
        var left = ReductionTree.LeftLeaves(count);
        var right = leaves + (left * stride);
        AddTree(leaves, left, stride, length);
        AddTree(right, count - left, stride, length);
        Elementwise<TLanes>.Add(leaves, right, length);
    }
}
