using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// y[rows, outputs] = x[rows, inputs] W[outputs, inputs]^T over f32 or bf16 weights: per slice as <see cref="FloatTile1{TLanes,TFloats}"/> says, then the
/// slices added in the reduction tree.
/// </summary>
internal static unsafe class FloatProducts<TLanes, TFloats>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFloats : IFloats
{
    /// <summary>The outputs of panels <paramref name="firstPanel"/> up to <paramref name="endPanel"/> of each stream.</summary>
    /// <param name="weights">The matrix, in <paramref name="layout"/>.</param>
    /// <param name="x">[rows, inputs], rows <paramref name="xStride"/> apart.</param>
    /// <param name="y">[rows, outputs], rows <paramref name="yStride"/> apart.</param>
    [SkipLocalsInit] // the sums are written before they are read, and zeroing them would cost a tenth of a short run of panels
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(PanelLayout layout, byte* weights, float* x, nint xStride, int rows, int firstPanel, int endPanel, float* y, nint yStride)
    {
        const int SliceSums = PanelSums<TLanes>.MaxRows * PanelLayout.TurnOutputs;
        var slices = layout.Slices;

        // [slices, MaxRows, 4, 16]
        var sums = stackalloc float[slices.Length * SliceSums];
        for (var row = 0; row < rows; row += PanelSums<TLanes>.MaxRows)
        {
            var count = Math.Min(PanelSums<TLanes>.MaxRows, rows - row);
            for (var p = firstPanel; p < endPanel; p++)
            {
                var panel = weights + ((nint)p * layout.PanelBytes);
                for (var s = 0; s < slices.Length; s++)
                {
                    var slice = slices[s];
                    MultiplySlice(panel + slice.Offset, layout.StreamBytes, slice.Inputs, x + (row * xStride) + slice.FirstInput, xStride, count, sums + (s * SliceSums));
                }

                PanelSums<TLanes>.Add(sums, slices.Length, SliceSums, count * PanelLayout.TurnOutputs);
                for (var stream = 0; stream < PanelLayout.Streams; stream++)
                    PanelSums<TLanes>.Write(sums + (stream * Lanes.Count), PanelLayout.TurnOutputs, count, layout.OutputsOf(stream, p, p + 1), y + (row * yStride), yStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplySlice(byte* panel, nint apart, int inputs, float* x, nint xStride, int rows, float* sums)
    {
        // The panels come from memory once, and for the rows after the first from the second-level cache.
        var row = 0;
        for (; TLanes.HoldsSixteen && row + 3 < rows; row += 4)
            FloatTile4<TLanes, TFloats>.Multiply(panel, apart, inputs, x + (row * xStride), xStride, sums + (row * PanelLayout.TurnOutputs));
        for (; row < rows; row++)
            FloatTile1<TLanes, TFloats>.Multiply(panel, apart, inputs, x + (row * xStride), sums + (row * PanelLayout.TurnOutputs));
    }
}
