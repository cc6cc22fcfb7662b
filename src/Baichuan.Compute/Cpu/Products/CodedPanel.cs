using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// The weights of 16 consecutive outputs over one slice of inputs, as codes with a scale per block: block after block, in each the vectors of codes, then the
/// 16 scales in f32. Lane o of a vector holds the codes of output o for 32 / bits consecutive inputs. The inputs are padded to a multiple of 8, where the
/// activations are zero. Scales stand between the codes so that a product reads a panel as one run, and fill a cache line so that no vector straddles two.
/// </summary>
/// <param name="Weights">Where the slice begins in its panel.</param>
/// <param name="Inputs">Padded.</param>
/// <param name="BlockInputs">Inputs of a block; the last one may be shorter. At most 256, so that sums of products stay below 2^31.</param>
internal readonly unsafe record struct CodedPanel(nint Weights, int Inputs, int BlockInputs)
{
    /// <summary>Bytes of a block's scales.</summary>
    public const int ScaleBytes = Lanes.Bytes;

    /// <param name="weights">Where a stream begins.</param>
    /// <param name="panel">Which of the stream's panels.</param>
    public static CodedPanel At(PanelLayout layout, PanelSlice slice, byte* weights, int panel) =>
        new((nint)weights + ((nint)panel * layout.PanelBytes) + slice.Offset, slice.PaddedInputs, layout.Type.BlockInputs());
}
