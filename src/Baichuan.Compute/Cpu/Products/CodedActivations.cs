using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>Memory for the coded activations of one product at a time, sized for the largest of an executor.</summary>
internal sealed unsafe class CodedActivations
{
    // Rows a multiple of 4 KiB apart would meet in one set of the first-level cache.
    private const int ExtraCodes = 32;

    private readonly short* _codes;
    private readonly ActivationBlock* _blocks;

    /// <param name="maxRows">Most rows of a product.</param>
    /// <param name="maxInputs">Most inputs of a matrix.</param>
    /// <param name="maxSlices">Most reduction groups of a matrix; each may end in a short block.</param>
    public CodedActivations(NativeHeap heap, WeightType type, int maxRows, int maxInputs, int maxSlices)
    {
        if (!type.IsCoded())
            return;
        // Tiles of four rows read past the last one.
        long rows = (maxRows + 3) & -4;
        _codes = heap.AllocateZeroed<short>(rows * (maxInputs + (8 * maxSlices) + ExtraCodes));
        _blocks = heap.AllocateZeroed<ActivationBlock>(rows * ((maxInputs / type.BlockInputs()) + (2 * maxSlices)));
    }

    /// <summary>The memory as rows for a matrix.</summary>
    public CodedRows For(PanelLayout layout) => new((nint)_codes, layout.Codes + ExtraCodes, (nint)_blocks, layout.Blocks + 1);
}
