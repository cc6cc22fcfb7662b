using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Tests.Cpu.Products;

/// <summary>What a product is, element by element, in the plainest words: no panels, no tiles, no vectors.</summary>
internal static class ProductDefinition
{
    /// <summary>y [rows, outputs], its bits.</summary>
    public static uint[] Multiply(WeightType type, ProductShape shape, float[] weights, float[] x)
    {
        var y = new uint[shape.Rows * shape.Outputs];
        for (var r = 0; r < shape.Rows; r++)
        {
            for (var o = 0; o < shape.Outputs; o++)
            {
                var sums = new List<float>();
                var first = 0;
                foreach (var inputs in shape.SliceInputs)
                {
                    var w = weights.AsSpan((o * shape.Inputs) + first, inputs);
                    var row = x.AsSpan((r * shape.Inputs) + first, inputs);
                    sums.Add(type.IsCoded() ? Coded(type, w, row) : Float(type, w, row));
                    first += inputs;
                }

                y[(r * shape.Outputs) + o] = BitConverter.SingleToUInt32Bits(Tree(sums));
            }
        }

        return y;
    }

    private static float Tree(List<float> sums)
    {
        if (sums.Count == 1)
            return sums[0];
        var left = ReductionTree.LeftLeaves(sums.Count);
        return Tree(sums[..left]) + Tree(sums[left..]);
    }

    private static float Float(WeightType type, ReadOnlySpan<float> w, ReadOnlySpan<float> x)
    {
        var sum = 0f;
        for (var k = 0; k < w.Length; k++)
            sum = MathF.FusedMultiplyAdd(type == WeightType.BF16 ? Bf16.From(w[k]).ToSingle() : w[k], x[k], sum);
        return sum;
    }

    private static float Coded(WeightType type, ReadOnlySpan<float> w, ReadOnlySpan<float> x)
    {
        var sum = 0f;
        for (var first = 0; first < w.Length; first += type.BlockInputs())
        {
            var count = Math.Min(type.BlockInputs(), w.Length - first);
            var (codes, weightScale) = Weights(type, w.Slice(first, count));
            var (activations, activationScale) = Activations(x.Slice(first, count));
            var whole = 0;
            for (var k = 0; k < count; k++)
                whole += codes[k] * activations[k];
            sum = MathF.FusedMultiplyAdd((float)whole * activationScale, weightScale, sum);
        }

        return sum;
    }

    private static (int[] Codes, float Scale) Weights(WeightType type, ReadOnlySpan<float> w)
    {
        var (zero, most) = type == WeightType.INT8 ? (128, 255) : (8, 15);
        var largest = Largest(w);
        if (Math.Abs(largest) < 1e-30f)
            return (new int[w.Length], 0);
        var scale = type == WeightType.INT8 ? Math.Abs(largest / 127) : largest / -8;
        var factor = 1 / scale;
        return ([.. w.ToArray().Select(v => Math.Clamp((int)MathF.Round(MathF.FusedMultiplyAdd(v, factor, zero)), 0, most) - zero)], scale);
    }

    private static (int[] Codes, float Scale) Activations(ReadOnlySpan<float> x)
    {
        if (x.ToArray().Any(v => !float.IsFinite(v)))
            return (new int[x.Length], float.NaN);
        var largest = Math.Abs(Largest(x));
        if (largest < 1e-30f)
            return (new int[x.Length], 0);
        var factor = 32767 / largest;
        return ([.. x.ToArray().Select(v => (int)MathF.Round(v * factor))], largest / 32767);
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
            largest = Math.Abs(largest) < Math.Abs(value) ? value : largest;
        return largest;
    }
}
