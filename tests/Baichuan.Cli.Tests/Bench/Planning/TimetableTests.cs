using Baichuan.Cli.Bench.Planning;
using CsCheck;

namespace Baichuan.Cli.Tests.Bench.Planning;

public sealed class TimetableTests
{
    [Fact]
    public void Offsets_rise_to_exactly_count_over_rate() =>
        Gen.Select(Gen.Int[1, 300], Gen.Double[0.01, 1000], Gen.Double[0.1, 50], Gen.ULong).Sample((count, rate, burstiness, seed) =>
        {
            var offsets = Timetable.Create(count, rate, burstiness, new RandomStream(seed));
            Assert.Equal(count, offsets.Length);
            Assert.Equal(offsets.Order(), offsets);
            Assert.True(offsets[0] >= TimeSpan.Zero);
            Assert.Equal(count / rate, offsets[^1].TotalSeconds, 1e-6);
        });

    [Theory]
    [InlineData(0.25)]
    [InlineData(1)]
    [InlineData(4)]
    public void Gaps_have_the_mean_of_the_rate_and_a_variance_that_the_burstiness_divides(double burstiness)
    {
        const double Rate = 50;
        var offsets = Timetable.Create(100_000, Rate, burstiness, new RandomStream(11));
        var gaps = offsets.Zip(offsets.Skip(1), (earlier, later) => (later - earlier).TotalSeconds).ToArray();
        var mean = gaps.Average();
        Assert.Equal(1 / Rate, mean, 1e-5);
        Assert.InRange(gaps.Average(gap => (gap - mean) * (gap - mean)) / (mean * mean) * burstiness, 0.95, 1.05);
    }

    [Theory]
    [InlineData(0.25, 4)]
    [InlineData(1, 1)]
    [InlineData(4, 0.25)]
    public void Arrivals_per_second_vary_as_the_burstiness_says(double burstiness, double varianceOverMean)
    {
        // Renewal theory: over long windows, variance / mean of the counts is the squared coefficient of variation of the gaps, 1 / burstiness.
        const int Window = 20;
        var offsets = Timetable.Create(200_000, 10, burstiness, new RandomStream(12));
        var counts = offsets.GroupBy(offset => (int)offset.TotalSeconds / Window).Select(window => (double)window.Count()).SkipLast(1).ToArray();
        var mean = counts.Average();
        Assert.InRange(counts.Average(count => (count - mean) * (count - mean)) / mean / varianceOverMean, 0.8, 1.2);
    }

    [Fact]
    public void Without_a_rate_all_are_due_at_once() =>
        Assert.All(Timetable.Create(5, null, 1, new RandomStream(1)), offset => Assert.Equal(TimeSpan.Zero, offset));

    [Fact]
    public void Gaps_that_round_to_nothing_are_no_error() =>
        Assert.All(Timetable.Create(3, 1, 1e-9, new RandomStream(1)), offset => Assert.InRange(offset, TimeSpan.Zero, TimeSpan.FromSeconds(3)));
}
