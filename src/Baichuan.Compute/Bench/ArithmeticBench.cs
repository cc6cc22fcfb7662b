using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Bench;

/// <summary>The most multiply-adds that this machine could do: the inner loop of a product over operands that are at hand already.</summary>
public static class ArithmeticBench
{
    /// <summary>Multiply-adds per second of all threads together, in the arithmetic that weights of a type take on the instruction set that is used here; null
    /// where there is no such loop.</summary>
    public static double? MultiplyAddsPerSecond(WeightType weights, int threads)
    {
        var sum = 0.0;
        var all = 0;
        var gate = new Lock();
        ThreadGroup.Run(threads, _ =>
        {
            if (MultiplyAddsPerSecondOfOne(weights, KernelSet.Best.VectorBits) is not { } rate)
                return;
            lock (gate)
                (sum, all) = (sum + rate, all + 1);
        });
        return all == threads ? sum : null;
    }

    /// <summary>The same of one thread, with vectors of so many bits.</summary>
    internal static double? MultiplyAddsPerSecondOfOne(WeightType weights, int vectorBits) =>
        weights.IsCoded() ? IntegerCeiling.MultiplyAddsPerSecond(vectorBits) : FloatCeiling.MultiplyAddsPerSecond(vectorBits);
}
