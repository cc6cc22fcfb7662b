using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// y[rows, outputs] = x[rows, inputs] W[outputs, inputs]^T over coded activations and whole-number weights: per slice as
/// <see cref="CodedTile1{TLanes,TCodes}"/> says, then the slices added in the reduction tree.
/// </summary>
internal static unsafe class CodedProducts<TLanes, TCodes>
    where TLanes : unmanaged, ILanes<TLanes>
    where TCodes : ICodes
{
    /// <summary>The outputs of panels <paramref name="firstPanel"/> up to <paramref name="endPanel"/>.</summary>
    /// <param name="weights">The matrix, in <paramref name="layout"/>.</param>
    /// <param name="x">[rows], coded for the layout; memory for a multiple of four rows, of which the surplus may hold anything.</param>
    /// <param name="y">[rows, outputs], rows <paramref name="yStride"/> apart.</param>
    [SkipLocalsInit] // the sums are written before they are read, and zeroing them would cost a tenth of a short run of panels
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(PanelLayout layout, byte* weights, CodedRows x, int rows, int firstPanel, int endPanel, float* y, nint yStride)
    {
        const int SliceSums = PanelSums<TLanes>.MaxRows * Lanes.Count;
        var slices = layout.Slices;
        var blockInputs = layout.Type.BlockInputs();

        // [slices, MaxRows, 16]
        var sums = stackalloc float[slices.Length * SliceSums];
        for (var row = 0; row < rows; row += PanelSums<TLanes>.MaxRows)
        {
            var count = Math.Min(PanelSums<TLanes>.MaxRows, rows - row);
            for (var p = firstPanel; p < endPanel; p++)
            {
                var panel = (nint)weights + ((nint)p * layout.PanelBytes);
                for (var s = 0; s < slices.Length; s++)
                {
                    var coded = new CodedPanel(panel + slices[s].Offset, slices[s].PaddedInputs, blockInputs);
                    MultiplySlice(coded, x.At(slices[s]).From(row), count, sums + (s * SliceSums));
                }

                var first = p * Lanes.Count;
                PanelSums<TLanes>.Write(
                    sums, slices.Length, count, Lanes.Count, Math.Min(Lanes.Count, layout.Outputs - first), y + (row * yStride) + first, yStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplySlice(CodedPanel panel, CodedRows x, int rows, float* sums)
    {
        // Three rows are a tile of four whose last one nobody reads.
        var row = 0;
        for (; row + 2 < rows; row += 4)
            CodedTile4<TLanes, TCodes>.Multiply(panel, x.From(row), sums + (row * Lanes.Count));
        if (row + 2 == rows)
            CodedTile2<TLanes, TCodes>.Multiply(panel, x.From(row), sums + (row * Lanes.Count));
        else if (row + 1 == rows)
            CodedTile1<TLanes, TCodes>.Multiply(panel, x.From(row), sums + (row * Lanes.Count));
    }
}
