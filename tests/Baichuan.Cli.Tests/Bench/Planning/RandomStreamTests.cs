using Baichuan.Cli.Bench.Planning;
using CsCheck;

namespace Baichuan.Cli.Tests.Bench.Planning;

public sealed class RandomStreamTests
{
    private const int Draws = 200_000;

    [Fact]
    public void A_seed_always_gives_the_same_numbers()
    {
        // The first numbers of SplitMix64 as published, for the seed 1234567.
        var random = new RandomStream(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.Next(), random.Next(), random.Next()]);
    }

    [Fact]
    public void Derived_seeds_differ() => Gen.ULong.Sample(seed =>
        Assert.Equal(101, Enumerable.Range(0, 100).Select(label => RandomStream.Derive(seed, (ulong)label)).Append(seed).Distinct().Count()));

    [Fact]
    public void Unit_numbers_lie_strictly_between_the_ends_and_are_even()
    {
        var random = new RandomStream(3);
        var units = Draw(random.NextUnit);
        Assert.All(units, unit => Assert.InRange(unit, double.Epsilon, 1 - double.Epsilon));
        Assert.Equal(0.5, units.Average(), 0.01);
        Assert.Equal(1.0 / 12, Variance(units), 0.002);
    }

    [Fact]
    public void Normal_numbers_have_mean_0_and_variance_1()
    {
        var random = new RandomStream(4);
        var normals = Draw(random.NextNormal);
        Assert.Equal(0, normals.Average(), 0.02);
        Assert.Equal(1, Variance(normals), 0.02);
        Assert.Equal(0.1587, normals.Count(normal => normal > 1) / (double)Draws, 0.005);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(7.5)]
    public void Gamma_numbers_have_mean_and_variance_equal_to_the_shape(double shape)
    {
        var random = new RandomStream(5);
        var gammas = Draw(() => random.NextGamma(shape));
        Assert.InRange(gammas.Average() / shape, 0.98, 1.02);
        Assert.InRange(Variance(gammas) / shape, 0.95, 1.05);
    }

    private static double[] Draw(Func<double> next) => [.. Enumerable.Range(0, Draws).Select(_ => next())];

    private static double Variance(double[] values)
    {
        var mean = values.Average();
        return values.Average(value => (value - mean) * (value - mean));
    }
}
