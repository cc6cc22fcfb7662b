using Baichuan.Cli.Bench.Reporting;
using CsCheck;

namespace Baichuan.Cli.Tests.Bench.Reporting;

public sealed class SamplesTests
{
    private static readonly Gen<int[]> Milliseconds = Gen.Int[0, 1000].Array[1, 60];

    [Fact]
    public void A_percentile_lies_between_its_neighbours_by_rank_and_hits_ranks_exactly() =>
        Gen.Select(Milliseconds, Gen.Double[0, 100]).Sample((values, percent) =>
        {
            var sorted = values.Order().ToArray();
            var samples = Of(values);
            var rank = percent / 100 * (sorted.Length - 1);
            Assert.InRange(samples.Percentile(percent), sorted[(int)Math.Floor(rank)] - 1e-9, sorted[(int)Math.Ceiling(rank)] + 1e-9);
            for (var i = 0; i < sorted.Length; i++)
                Assert.Equal(sorted[i], samples.Percentile(sorted.Length == 1 ? 50 : 100.0 * i / (sorted.Length - 1)), 1e-6);
        });

    [Fact]
    public void Percentiles_rise_and_do_not_depend_on_the_order_of_measurements() =>
        Gen.Select(Milliseconds, Gen.Double[0, 100], Gen.Double[0, 100]).Sample((values, one, other) =>
        {
            var samples = Of(values);
            Assert.True(samples.Percentile(Math.Min(one, other)) <= samples.Percentile(Math.Max(one, other)) + 1e-9);
            Assert.Equal(samples.Percentile(one), Of([.. values.Reverse()]).Percentile(one));
        });

    [Fact]
    public void Figures_are_those_of_NumPy()
    {
        // numpy.mean and numpy.percentile (50, 90, 99) of the same numbers.
        var figures = Of([15, 20, 35, 40, 50]).Figures!;
        Assert.Equal(32, figures.Mean, 1e-9);
        Assert.Equal(35, figures.Median, 1e-9);
        Assert.Equal(46, figures.P90, 1e-9);
        Assert.Equal(49.6, figures.P99, 1e-9);
    }

    [Fact]
    public void Without_a_measurement_there_are_no_figures() => Assert.Null(Of([]).Figures);

    private static Samples Of(int[] milliseconds) => new(milliseconds.Select(value => TimeSpan.FromMilliseconds(value)));
}
