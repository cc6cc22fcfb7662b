using Baichuan.Cli.Bench.Plotting;
using CsCheck;

namespace Baichuan.Cli.Tests.Bench.Plotting;

public sealed class LogAxisTests
{
    [Fact]
    public void An_axis_holds_what_it_shows_between_round_numbers_close_by() =>
        Gen.Select(Gen.Double[-3, 6], Gen.Double[0, 5]).Sample((exponent, more) =>
        {
            var (min, max) = (Math.Pow(10, exponent), Math.Pow(10, exponent + more));
            var axis = new LogAxis(min, max);
            Assert.InRange(axis.Position(min), 0, 1);
            Assert.InRange(axis.Position(max), 0, 1 + 1e-9);
            var rounds = axis.Rounds.ToList();
            Assert.True(rounds.Count == 2 || (rounds[1] > min && rounds[^2] < Math.Max(max, 0.01)));
            Assert.NotEmpty(axis.Ticks);
            Assert.Subset(rounds.ToHashSet(), axis.Ticks.ToHashSet());
        });

    [Fact]
    public void Equal_ratios_are_equally_far_apart()
    {
        var axis = new LogAxis(1, 100);
        Assert.Equal([0, 0.5, 1], new[] { 1.0, 10, 100 }.Select(axis.Position));
        Assert.Equal([1, 2, 5, 10, 20, 50, 100], axis.Ticks);
    }

    [Fact]
    public void Many_decades_are_labelled_by_powers_of_ten() => Assert.Equal([1, 10, 100, 1000, 10000], new LogAxis(1, 10000).Ticks);

    [Theory]
    [InlineData(0.012, "0.01 ms")]
    [InlineData(9.99, "9.99 ms")]
    [InlineData(12.34, "12.3 ms")]
    [InlineData(123.4, "123 ms")]
    [InlineData(999.7, "1 s")]
    [InlineData(1234, "1.23 s")]
    [InlineData(1234567, "1,234.57 s")]
    public void A_label_has_three_digits_or_so_and_a_unit(double milliseconds, string label) => Assert.Equal(label, LogAxis.Label(milliseconds));
}
