using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Tests.Cpu.Kernels;

/// <summary>Every instruction set that this machine has gives the bits of the scalar twin, at every odd length.</summary>
public sealed unsafe class KernelVariantTests
{
    private static readonly int[] Lengths = [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 64, 100, 257];

    private static KernelSet Scalar => KernelSet.Supported[^1];

    public static TheoryData<string> Variants() => [.. KernelSet.Supported.SkipLast(1).Select(k => k.Name)];

    [Fact]
    public void The_scalar_twin_runs_everywhere_and_is_chosen_last() => Assert.Equal("scalar", Scalar.Name);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Elementwise_kernels_and_norms_have_the_bits_of_the_scalar_twin(string variant)
    {
        foreach (var length in Lengths)
        {
            Assert.Equal(Elementwise(Scalar, length), Elementwise(Find(variant), length));
            if (length > 0)
                Assert.Equal(Normalize(Scalar, length), Normalize(Find(variant), length));
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_row_is_looked_at_to_its_last_number(string variant)
    {
        foreach (var length in Lengths.Where(n => n > 0))
        {
            for (var place = 0; place < length; place += Math.Max(1, length - 1))
            {
                using var row = new NativeVector([.. Enumerable.Repeat(-3f, length)]);
                Assert.True(Find(variant).IsFinite(row, length));
                Assert.Equal(-3, Find(variant).Largest(row, length));
                row.Span[place] = -0f;
                Assert.Equal(0u, BitConverter.SingleToUInt32Bits(Find(variant).Largest(row, length)));
                foreach (var odd in new[] { float.NaN, -float.NaN, float.PositiveInfinity, float.NegativeInfinity })
                {
                    row.Span[place] = odd;
                    Assert.False(Find(variant).IsFinite(row, length));
                }
            }
        }
    }

    private static KernelSet Find(string variant) => KernelSet.Supported.Single(k => k.Name == variant);

    private static uint[] Elementwise(KernelSet kernels, int length)
    {
        using var a = new NativeVector(RandomNumbers.Of(3, length));
        using var b = new NativeVector(RandomNumbers.Of(4, length));
        using var c = new NativeVector(RandomNumbers.Of(5, length));
        using var pair = new NativeVector(RandomNumbers.Of(6, 2 * length));
        using var extremes = new NativeVector([.. RandomNumbers.Of(7, length).Select((v, i) => i % 3 == 0 ? v : v * 100)]);
        kernels.Mix(0.3f, a, -1.7f, b, c, length);
        kernels.Add(a, b, length);
        kernels.Multiply(b, a, length);
        kernels.SiluMultiply(a, c, length);
        kernels.Rotate(pair, a, b, length);
        kernels.Exp(extremes, 0.25f, 1.5f, extremes, length);
        return [.. a.Bits(), .. b.Bits(), .. c.Bits(), .. pair.Bits(), .. extremes.Bits()];
    }

    private static uint[] Normalize(KernelSet kernels, int length)
    {
        using var x = new NativeVector(RandomNumbers.Of(8, length));
        using var weight = new NativeVector(RandomNumbers.Of(9, length));
        using var result = new NativeVector(length);
        kernels.Normalize(x, weight, result, length, 1e-6);
        kernels.Normalize(x, weight, x, length, 1e-6);
        Assert.Equal(result.Bits(), x.Bits());
        return result.Bits();
    }
}
