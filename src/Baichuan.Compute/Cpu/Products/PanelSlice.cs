namespace Baichuan.Compute.Cpu.Products;

/// <summary>The inputs of a matrix that belong to one reduction group: their sum is formed on its own.</summary>
/// <param name="FirstInput">Where they stand in a row of activations.</param>
/// <param name="Inputs">May be 0: the slice then adds +0.</param>
/// <param name="FirstCode">Where their codes stand in a row of coded activations.</param>
/// <param name="FirstBlock">Their first block in a row of coded activations.</param>
/// <param name="Offset">Bytes from the start of a panel.</param>
internal readonly record struct PanelSlice(int FirstInput, int Inputs, int FirstCode, int FirstBlock, int Offset)
{
    /// <summary>Inputs padded to whole vectors of codes of either width; the padding's activations are zero.</summary>
    public int PaddedInputs => (Inputs + 7) & -8;
}
