using Baichuan.Model.Plan;

namespace Baichuan.Compute.Bench;

/// <summary>How fast one kernel multiplies.</summary>
/// <param name="InstructionSet">The set of kernels.</param>
/// <param name="Rows">Rows of activations that share a panel of weights.</param>
/// <param name="MultiplyAddsPerSecond">Of one thread; the median over repeats.</param>
/// <param name="Ceiling">Multiply-adds per second of a loop over operands in the first-level cache, with vectors of the same width; null where there is none.</param>
public sealed record KernelFigure(string InstructionSet, WeightType Weights, int Rows, double MultiplyAddsPerSecond, double? Ceiling)
{
    public double? ShareOfCeiling => MultiplyAddsPerSecond / Ceiling;
}
