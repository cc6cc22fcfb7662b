using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>Lays the weights of 16 outputs into a panel, as <see cref="IFloats"/> says.</summary>
internal static unsafe class FloatPanelWriter<TFloats>
    where TFloats : IFloats
{
    /// <param name="weights">[inputs of the slice, 16]; outputs past the last are zero.</param>
    /// <param name="panel">Where the slice begins: written.</param>
    public static void Write(PanelSlice slice, float* weights, byte* panel)
    {
        Span<float> nothing = stackalloc float[Lanes.Count];
        nothing.Clear();
        for (var k = 0; k < slice.Inputs; k += 2, panel += TFloats.PairBytes)
        {
            var first = new ReadOnlySpan<float>(weights + (k * Lanes.Count), Lanes.Count);
            TFloats.Write(panel, first, k + 1 < slice.Inputs ? new ReadOnlySpan<float>(weights + ((k + 1) * Lanes.Count), Lanes.Count) : nothing);
        }
    }
}
