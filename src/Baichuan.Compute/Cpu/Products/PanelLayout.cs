using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// Where everything lies in a matrix [outputs, inputs] that is kept as panels of a few outputs: panel after panel, in each slice after slice, without a
/// gap. A product reads its panels from the first byte to the last, once: a gap of 1 KiB after every 32 KiB would cost 40 % of the bandwidth.
/// </summary>
internal sealed class PanelLayout
{
    /// <param name="sliceInputs">Inputs of each reduction group.</param>
    public PanelLayout(WeightType type, int outputs, ReadOnlySpan<int> sliceInputs)
    {
        Type = type;
        Outputs = outputs;
        var slices = new PanelSlice[sliceInputs.Length];
        for (var s = 0; s < slices.Length; s++)
        {
            var slice = new PanelSlice(Inputs, sliceInputs[s], Codes, Blocks, PanelBytes);
            slices[s] = slice;
            Inputs += slice.Inputs;
            Codes += slice.PaddedInputs;
            Blocks += BlocksOf(slice);
            PanelBytes = checked(PanelBytes + SliceBytes(slice));
        }

        Slices = slices;
    }

    public WeightType Type { get; }

    public int Outputs { get; }

    /// <summary>Inputs of all slices.</summary>
    public int Inputs { get; }

    public PanelSlice[] Slices { get; }

    /// <summary>Codes of a row of coded activations, padding included.</summary>
    public int Codes { get; }

    /// <summary>Blocks of a row of coded activations; 0 for floats.</summary>
    public int Blocks { get; }

    public int PanelBytes { get; }

    /// <summary>Outputs of a panel: one vector of codes; four of floats, because the sums of fewer do not hide the latency of an addition.</summary>
    public int PanelOutputs => Type.IsCoded() ? Lanes.Count : 4 * Lanes.Count;

    public int Panels => (Outputs + PanelOutputs - 1) / PanelOutputs;

    public long Bytes => (long)Panels * PanelBytes;

    private int BlocksOf(PanelSlice slice) => Type.IsCoded() ? (slice.Inputs + Type.BlockInputs() - 1) / Type.BlockInputs() : 0;

    // Codes are padded to eights of inputs, floats to pairs.
    private int SliceBytes(PanelSlice slice) => Type.IsCoded()
        ? (slice.PaddedInputs * PanelOutputs * Type.Bits() / 8) + (BlocksOf(slice) * CodedPanel.ScaleBytes)
        : ((slice.Inputs + 1) & -2) * PanelOutputs * Type.Bits() / 8;
}
