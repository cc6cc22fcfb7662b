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

    [Fact]
    public void A_dot_product_does_not_depend_on_what_is_computed_beside_it()
    {
        const int Rows = 7, Outs = 11, Length = 75;
        using var x = new NativeVector(RandomNumbers.Of(1, Rows * Length));
        using var w = new NativeVector(RandomNumbers.Of(2, Outs * Length));
        using var all = new NativeVector(Rows * Outs);
        Kernels.DotProducts(x, Length, Rows, (float*)w, Length, Outs, Length, all, Outs);
        using var alone = new NativeVector(Rows * Outs);
        for (var row = 0; row < Rows; row++)
        {
            for (var o = 0; o < Outs; o++)
                Kernels.DotProducts((float*)x + (row * Length), Length, 1, (float*)w + (o * Length), Length, 1, Length, (float*)alone + (row * Outs) + o, 1);
        }

        Assert.Equal(alone.Bits(), all.Bits());
    }

    [Fact]
    public void Bf16_weights_have_the_bits_of_the_same_weights_in_f32()
    {
        const int Rows = 3, Outs = 6, Length = 77;
        using var x = new NativeVector(RandomNumbers.Of(1, Rows * Length));
        using var wide = new NativeVector([.. RandomNumbers.Of(2, Outs * Length).Select(v => Bf16.From(v).ToSingle())]);
        using var narrow = new NativeVector(wide.Span);
        using var expected = new NativeVector(Rows * Outs);
        using var actual = new NativeVector(Rows * Outs);
        Kernels.DotProducts(x, Length, Rows, (float*)wide, Length, Outs, Length, expected, Outs);
        Kernels.DotProducts(x, Length, Rows, narrow.ToBf16(), Length, Outs, Length, actual, Outs);
        Assert.Equal(expected.Bits(), actual.Bits());
    }

    [Fact]
    public void An_empty_dot_product_is_plus_zero()
    {
        using var y = new NativeVector([1f]);
        Kernels.DotProducts(y, 0, 1, (float*)y, 0, 1, 0, y, 1);
        Assert.Equal(0u, y.Bits()[0]);
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

    [Fact]
    public void Attention_is_a_softmax_over_the_visible_positions()
    {
        // Equal keys weigh alike: with the window, the context is the mean of the values in it.
        const int HeadDim = 8, Position = 20, Window = 6;
        using var query = new NativeVector(RandomNumbers.Of(1, HeadDim));
        using var keys = new NativeVector(new float[32 * HeadDim]);
        using var values = new NativeVector([.. Enumerable.Range(0, 32 * HeadDim).Select(i => (float)(i / HeadDim))]);
        using var context = new NativeVector(HeadDim);
        int* blocks = stackalloc int[] { 0, 1 };
        Kernels.AttendF32(new AttentionTile
        {
            Queries = query,
            Context = context,
            Rows = 1,
            Heads = 1,
            HeadDim = HeadDim,
            Position = Position,
            Window = Window,
            Blocks = blocks,
            Keys = (float*)keys,
            Values = (float*)values,
            BlockStride = 16 * HeadDim,
        });
        Assert.All(context.Span.ToArray(), v => Assert.Equal((15 + 16 + 17 + 18 + 19 + 20) / 6f, v, 1e-5f));
    }
}
