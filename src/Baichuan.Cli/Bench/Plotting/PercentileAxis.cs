namespace Baichuan.Cli.Bench.Plotting;

/// <summary>An axis of percentiles that gives every further nine of the tail the same room: 0, 90, 99 and 99.9 % are equally far apart, as in HdrHistogram's plots.</summary>
/// <param name="nines">Where it ends; 2: at 99 %.</param>
internal sealed class PercentileAxis(double nines)
{
    private static readonly double[] Labelled = [0, 50, 75, 90, 95, 99, 99.5, 99.9];

    public IEnumerable<double> Ticks => Labelled.Where(percent => Position(percent) <= 1 + 1e-9);

    /// <summary>0 at 0 %, 1 at the end.</summary>
    public double Position(double percent) => -Math.Log10(1 - percent / 100) / nines;

    /// <summary>The percentile at a position.</summary>
    public double PercentAt(double position) => 100 * (1 - Math.Pow(10, -position * nines));
}
