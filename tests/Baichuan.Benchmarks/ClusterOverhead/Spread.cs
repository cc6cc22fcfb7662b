using System.Globalization;

namespace Baichuan.Benchmarks.ClusterOverhead;

/// <summary>Some measurements of one thing.</summary>
internal sealed class Spread(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    public double Median => (_sorted[(_sorted.Length - 1) / 2] + _sorted[_sorted.Length / 2]) / 2;

    /// <summary>The median, and the least and greatest value.</summary>
    public string ToString(string format) => string.Create(
        CultureInfo.InvariantCulture, $"{Median.ToString(format, CultureInfo.InvariantCulture)} ({_sorted[0].ToString(format, CultureInfo.InvariantCulture)} to {_sorted[^1].ToString(format, CultureInfo.InvariantCulture)})");
}
