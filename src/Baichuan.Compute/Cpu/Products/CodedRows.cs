namespace Baichuan.Compute.Cpu.Products;

/// <summary>Rows of activations as i16 codes with a scale and a sum per block: views into the memory of <see cref="CodedActivations"/>.</summary>
/// <param name="Codes">[rows, codes], rows <paramref name="CodeStride"/> apart: i16.</param>
/// <param name="Blocks">[rows, blocks], rows <paramref name="BlockStride"/> apart: <see cref="ActivationBlock"/>.</param>
internal readonly unsafe record struct CodedRows(nint Codes, nint CodeStride, nint Blocks, nint BlockStride)
{
    public short* Row(int row) => (short*)Codes + (row * CodeStride);

    public ActivationBlock* BlocksOf(int row) => (ActivationBlock*)Blocks + (row * BlockStride);

    /// <summary>The rows from <paramref name="row"/> on.</summary>
    public CodedRows From(int row) => this with { Codes = (nint)Row(row), Blocks = (nint)BlocksOf(row) };

    /// <summary>The inputs from a slice on.</summary>
    public CodedRows At(PanelSlice slice) =>
        this with { Codes = Codes + (slice.FirstCode * sizeof(short)), Blocks = Blocks + (slice.FirstBlock * sizeof(ActivationBlock)) };
}
