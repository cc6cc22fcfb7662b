namespace Baichuan.Compute.Cpu.Products;

/// <summary>A block of coded activations.</summary>
internal struct ActivationBlock
{
    /// <summary>Value of a code's unit; NaN where the block holds what is not a finite number.</summary>
    public float Scale;

    /// <summary>Sum of the block's codes.</summary>
    public int Sum;
}
