using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// y[rows, outputs] = x[rows, inputs] W[outputs, inputs]^T over coded activations and whole-number weights: per slice as
/// <see cref="CodedTile1{TLanes,TCodes}"/> says, then the slices added in the reduction tree.
/// </summary>
internal static unsafe class CodedProducts<TLanes, TCodes>
    where TLanes : unmanaged, ILanes<TLanes>
    where TCodes : ICodes
{
    /// <summary>The outputs of panels <paramref name="firstPanel"/> up to <paramref name="endPanel"/> of each stream.</summary>
    /// <param name="weights">The matrix, in <paramref name="layout"/>.</param>
    /// <param name="x">[rows], coded for the layout; memory for a multiple of four rows, of which the surplus may hold anything.</param>
    /// <param name="y">[rows, outputs], rows <paramref name="yStride"/> apart.</param>
    public static void Multiply(PanelLayout layout, byte* weights, CodedRows x, int rows, int firstPanel, int endPanel, float* y, nint yStride)
    {
        if (rows == 1)
        {
            MultiplyRow(layout, weights, x, firstPanel, endPanel, y);
            return;
        }

        // Several rows pass over stream after stream: four panels in turns cost two and four rows 15 to 20 % (Zen 5).
        for (var row = 0; row < rows; row += PanelSums<TLanes>.MaxRows)
        {
            var count = Math.Min(PanelSums<TLanes>.MaxRows, rows - row);
            for (var stream = 0; stream < PanelLayout.Streams; stream++)
                MultiplyRows(layout, stream, weights, x.From(row), count, firstPanel, endPanel, y + (row * yStride), yStride);
        }
    }

    [SkipLocalsInit] // the sums are written before they are read, and zeroing them would cost a tenth of a short run of panels
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRow(PanelLayout layout, byte* weights, CodedRows x, int firstPanel, int endPanel, float* y)
    {
        var slices = layout.Slices;

        // [slices, 4, 16]
        var sums = stackalloc float[slices.Length * PanelLayout.TurnOutputs];
        for (var p = firstPanel; p < endPanel; p++)
        {
            for (var s = 0; s < slices.Length; s++)
                CodedTile1<TLanes, TCodes>.Multiply(CodedPanel.At(layout, slices[s], weights, p), layout.StreamBytes, x.At(slices[s]), sums + (s * PanelLayout.TurnOutputs));
            PanelSums<TLanes>.Add(sums, slices.Length, PanelLayout.TurnOutputs, PanelLayout.TurnOutputs);
            for (var stream = 0; stream < PanelLayout.Streams; stream++)
                PanelSums<TLanes>.Write(sums + (stream * Lanes.Count), Lanes.Count, 1, layout.OutputsOf(stream, p, p + 1), y, 0);
        }
    }

    /// <summary>At most <see cref="PanelSums{TLanes}.MaxRows"/> rows by panels of one stream.</summary>
    [SkipLocalsInit] // as above
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows(PanelLayout layout, int stream, byte* weights, CodedRows x, int rows, int firstPanel, int endPanel, float* y, nint yStride)
    {
        const int SliceSums = PanelSums<TLanes>.MaxRows * Lanes.Count;
        var slices = layout.Slices;

        // [slices, MaxRows, 16]
        var sums = stackalloc float[slices.Length * SliceSums];
        for (var p = firstPanel; p < endPanel; p++)
        {
            for (var s = 0; s < slices.Length; s++)
                MultiplySlice(CodedPanel.At(layout, slices[s], weights + (stream * layout.StreamBytes), p), x.At(slices[s]), rows, sums + (s * SliceSums));
            PanelSums<TLanes>.Add(sums, slices.Length, SliceSums, rows * Lanes.Count);
            PanelSums<TLanes>.Write(sums, Lanes.Count, rows, layout.OutputsOf(stream, p, p + 1), y, yStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplySlice(CodedPanel panel, CodedRows x, int rows, float* sums)
    {
        // One row or three are a tile of two or four whose last one nobody reads.
        var row = 0;
        for (; row + 2 < rows; row += 4)
            CodedTile4<TLanes, TCodes>.Multiply(panel, x.From(row), sums + (row * Lanes.Count));
        if (row < rows)
            CodedTile2<TLanes, TCodes>.Multiply(panel, x.From(row), sums + (row * Lanes.Count));
    }
}
