using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Tests.Cpu.Kernels;

/// <summary>The kernels compute what their formulas say; measured on the fastest set, whose bits are those of all others.</summary>
public sealed unsafe class KernelValueTests
{
    private static KernelSet Kernels => KernelSet.Best;

    [Fact]
    public void Exp_is_within_two_units_in_the_last_place()
    {
        var inputs = Enumerable.Range(0, 20_000).Select(i => -87.3f + (i * 175.6f / 20_000)).ToArray();
        using var x = new NativeVector(inputs);
        Kernels.Exp(x, 0, 1, x, inputs.Length);
        for (var i = 0; i < inputs.Length; i++)
        {
            var exact = Math.Exp(inputs[i]);
            Assert.InRange(Math.Abs(x.Span[i] - exact) / exact, 0, 2 * 1.2e-7);
        }
    }

    [Fact]
    public void Exp_of_extremes_is_zero_bounded_one_or_not_a_number()
    {
        using var x = new NativeVector([float.NegativeInfinity, -1000, -87.4f, 0, -0f, 1000, float.PositiveInfinity, float.NaN]);
        Kernels.Exp(x, 0, 1, x, 8);
        Assert.Equal([0, 0, 0, 1, 1], x.Span[..5].ToArray());
        Assert.InRange(x.Span[5], 1e38f, float.MaxValue);
        Assert.InRange(x.Span[6], 1e38f, float.MaxValue);
        Assert.True(float.IsNaN(x.Span[7]));
    }

    [Theory]
    [InlineData(1.0f, 1.0f)]
    [InlineData(1.00390625f, 1.0f)] // halfway, to even
    [InlineData(1.01171875f, 1.015625f)] // halfway, to even
    [InlineData(1.00390637f, 1.0078125f)] // just above
    [InlineData(-3.1415927f, -3.140625f)]
    [InlineData(3.4028235e38f, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(1e-45f, 0f)]
    public void Bf16_rounds_to_nearest_ties_to_even(float value, float expected) => Assert.Equal(expected, Bf16.From(value).ToSingle());
}
