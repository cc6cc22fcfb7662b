using Baichuan.Cli.Bench.Planning;
using CsCheck;

namespace Baichuan.Cli.Tests.Bench.Planning;

public sealed class DistributionTests
{
    private const int Draws = 100_000;

    [Fact]
    public void A_number_stands_for_itself() => Assert.All(Lengths("512"), length => Assert.Equal(512, length));

    [Fact]
    public void A_uniform_length_takes_every_value_of_its_range_with_the_same_chance()
    {
        var counts = Lengths("uniform:3..6").CountBy(length => length).ToDictionary();
        Assert.Equal([3, 4, 5, 6], counts.Keys.Order());
        Assert.All(counts.Values, count => Assert.InRange(count / (Draws / 4.0), 0.97, 1.03));
    }

    [Fact]
    public void A_normal_length_has_its_mean_and_standard_deviation()
    {
        var lengths = Lengths("normal:500,50");
        var mean = lengths.Average();
        Assert.Equal(500, mean, 1.0);
        Assert.Equal(50, Math.Sqrt(lengths.Average(length => (length - mean) * (length - mean))), 1.0);
    }

    [Fact]
    public void A_lognormal_length_has_its_median_and_the_spread_of_its_logarithm()
    {
        var lengths = Lengths("lognormal:400,0.5").Order().ToArray();
        Assert.Equal(400, lengths[Draws / 2], 5.0);
        Assert.Equal(400 * Math.Exp(0.5), lengths[(int)(Draws * 0.8413)], 15.0);
    }

    [Fact]
    public void Bounds_hold_and_a_length_is_at_least_one_token() =>
        Gen.Select(Gen.OneOf(Gen.Const("normal"), Gen.Const("lognormal")), Gen.Int[0, 50], Gen.Int[0, 100], Gen.ULong).Sample((kind, min, more, seed) =>
        {
            var distribution = DistributionParser.Parse($"{kind}:40,30,{min}..{min + more}");
            var random = new RandomStream(seed);
            for (var i = 0; i < 50; i++)
            {
                Assert.InRange(distribution.Sample(random), min, min + more);
                Assert.InRange(distribution.SampleTokens(random), Math.Max(1, min), Math.Max(1, min + more));
            }
        }, iter: 200);

    [Fact]
    public void A_think_time_may_be_a_fraction()
    {
        var distribution = DistributionParser.Parse("uniform:0.25..0.75");
        var random = new RandomStream(7);
        var times = Enumerable.Range(0, Draws).Select(_ => distribution.Sample(random)).ToArray();
        Assert.All(times, time => Assert.InRange(time, 0.25, 0.75));
        Assert.Equal(0.5, times.Average(), 0.01);
    }

    [Fact]
    public void A_think_time_of_a_very_long_tail_is_at_most_a_day()
    {
        var distribution = DistributionParser.Parse("lognormal:5,100");
        var random = new RandomStream(8);
        Assert.Equal(TimeSpan.FromDays(1), Enumerable.Range(0, 1000).Max(_ => distribution.SampleTime(random)));
    }

    [Theory]
    [InlineData("many", "'many' in 'many' is not a number of 0 or more")]
    [InlineData("-5", "'-5' in '-5' is not a number of 0 or more")]
    [InlineData("zipf:3", "'zipf:3' is no distribution. Write N, uniform:MIN..MAX")]
    [InlineData("uniform:3", "'3' in 'uniform:3' are no bounds. Write MIN..MAX, such as 100..900.")]
    [InlineData("uniform:9..3", "the lower bound 9 is above the upper bound 3")]
    [InlineData("normal:5", "is no distribution")]
    [InlineData("normal:5,x", "'x' in 'normal:5,x' is not a number")]
    [InlineData("lognormal:5,1,7", "'7' in 'lognormal:5,1,7' are no bounds")]
    [InlineData("lognormal:5,1,1..2,3", "is no distribution")]
    [InlineData("1e999", "is not a number")]
    public void What_is_no_distribution_is_refused_with_a_sentence(string text, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<FormatException>(() => DistributionParser.Parse(text)).Message, StringComparison.Ordinal);

    private static int[] Lengths(string text)
    {
        var distribution = DistributionParser.Parse(text);
        var random = new RandomStream(6);
        return [.. Enumerable.Range(0, Draws).Select(_ => distribution.SampleTokens(random))];
    }
}
