using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// Where everything lies in a matrix [outputs, inputs] that is kept as panels of <see cref="Lanes.Count"/> outputs: panel after panel, in each slice after slice,
/// without a gap. A product reads its panels from the first byte to the last, once: a gap of 1 KiB after every 32 KiB would cost 40 % of the bandwidth.
/// The panels are parted into <see cref="Streams"/>, which are read side by side: one panel of each at a time.
/// </summary>
internal sealed class PanelLayout
{
    /// <summary>Four: the sums of fewer panels do not hide the latency of an addition, and four long streams are read faster than one (Zen 5, one thread: 37 GB/s and 29).</summary>
    public const int Streams = 4;

    /// <summary>Outputs of one panel of each stream.</summary>
    public const int TurnOutputs = Streams * Lanes.Count;

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

    /// <summary>Panels of each stream.</summary>
    public int StreamPanels => (Outputs + TurnOutputs - 1) / TurnOutputs;

    public nint StreamBytes => (nint)StreamPanels * PanelBytes;

    /// <summary>Of all streams; those past the last output hold zeros.</summary>
    public int Panels => Streams * StreamPanels;

    public long Bytes => (long)Panels * PanelBytes;

    /// <summary>The outputs of a stream's panels <paramref name="first"/> up to <paramref name="end"/>: those of them that the matrix has.</summary>
    public IndexRange OutputsOf(int stream, int first, int end) =>
        new(Math.Min(Outputs, ((stream * StreamPanels) + first) * Lanes.Count), Math.Min(Outputs, ((stream * StreamPanels) + end) * Lanes.Count));

    private int BlocksOf(PanelSlice slice) => Type.IsCoded() ? (slice.Inputs + Type.BlockInputs() - 1) / Type.BlockInputs() : 0;

    // Codes are padded to eights of inputs, floats to pairs.
    private int SliceBytes(PanelSlice slice) => Type.IsCoded()
        ? (slice.PaddedInputs * Lanes.Count * Type.Bits() / 8) + (BlocksOf(slice) * CodedPanel.ScaleBytes)
        : ((slice.Inputs + 1) & -2) * Lanes.Count * Type.Bits() / 8;
}
