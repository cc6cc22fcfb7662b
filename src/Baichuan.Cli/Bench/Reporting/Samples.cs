namespace Baichuan.Cli.Bench.Reporting;

/// <summary>Measurements in milliseconds, and their figures as NumPy (and so vLLM) defines them.</summary>
internal sealed class Samples
{
    private readonly double[] _sorted;

    public Samples(IEnumerable<TimeSpan> times) => _sorted = [.. times.Select(time => time.TotalMilliseconds).Order()];

    public int Count => _sorted.Length;

    /// <summary>Null where there is nothing to summarise.</summary>
    public LatencyFigures? Figures => Count > 0 ? new LatencyFigures(_sorted.Average(), Percentile(50), Percentile(90), Percentile(99)) : null;

    /// <summary>Interpolates between the two measurements around rank percent / 100 * (count - 1), counted from 0. There has to be one.</summary>
    /// <param name="percent">0 (the smallest) to 100 (the largest).</param>
    public double Percentile(double percent)
    {
        var rank = percent / 100 * (Count - 1);
        var below = (int)rank;
        var above = Math.Min(below + 1, Count - 1);
        return _sorted[below] + (rank - below) * (_sorted[above] - _sorted[below]);
    }
}
