using System.Globalization;

namespace Baichuan.Benchmarks.Measuring;

/// <summary>Some measurements of one thing; at least one.</summary>
internal sealed class Spread(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    /// <summary>In rising order.</summary>
    public IReadOnlyList<double> Values => _sorted;

    public int Count => _sorted.Length;

    public double Least => _sorted[0];

    public double Greatest => _sorted[^1];

    public double Median => (_sorted[(_sorted.Length - 1) / 2] + _sorted[_sorted.Length / 2]) / 2;

    /// <summary>The smallest value that <paramref name="percent"/> of all do not exceed.</summary>
    public double Percentile(double percent) => _sorted[Math.Max(0, (int)Math.Ceiling(percent / 100 * _sorted.Length) - 1)];

    /// <summary>The median, and the least and greatest value.</summary>
    public string ToString(string format) => string.Create(
        CultureInfo.InvariantCulture, $"{Median.ToString(format, CultureInfo.InvariantCulture)} ({_sorted[0].ToString(format, CultureInfo.InvariantCulture)} to {_sorted[^1].ToString(format, CultureInfo.InvariantCulture)})");
}
