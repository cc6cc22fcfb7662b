using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>Lays the weights of 16 outputs into their quarter of a panel of 64, as <see cref="IFloats"/> says.</summary>
internal static unsafe class FloatPanelWriter<TFloats>
    where TFloats : IFloats
{
    /// <param name="weights">[inputs of the slice, 16]; outputs past the last are zero.</param>
    /// <param name="quarter">Where the quarter begins in its slice of a panel: written.</param>
    public static void Write(PanelSlice slice, float* weights, byte* quarter)
    {
        Span<float> nothing = stackalloc float[Lanes.Count];
        nothing.Clear();
        for (var k = 0; k < slice.Inputs; k += 2, quarter += 4 * TFloats.PairBytes)
        {
            var first = new ReadOnlySpan<float>(weights + (k * Lanes.Count), Lanes.Count);
            TFloats.Write(quarter, first, k + 1 < slice.Inputs ? new ReadOnlySpan<float>(weights + ((k + 1) * Lanes.Count), Lanes.Count) : nothing);
        }
    }
}
