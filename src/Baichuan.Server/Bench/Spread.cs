namespace Baichuan.Server.Bench;

/// <summary>What repeats of a measurement say: the median, and the bounds of the middle half.</summary>
internal readonly record struct Spread(double Median, double Low, double High)
{
    public static Spread Of(IReadOnlyCollection<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        return new Spread(At(sorted, 0.5), At(sorted, 0.25), At(sorted, 0.75));
    }

    /// <summary>As text: median (low-high).</summary>
    public string Text(string format) => $"{Median.ToString(format)} ({Low.ToString(format)}-{High.ToString(format)})";

    // Between two samples in proportion.
    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
