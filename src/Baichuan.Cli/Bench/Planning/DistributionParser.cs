using System.Globalization;

namespace Baichuan.Cli.Bench.Planning;

/// <summary>
/// Reads a distribution: <c>512</c> (always that), <c>uniform:100..900</c>, <c>normal:512,128</c> (mean, standard deviation) or <c>lognormal:400,0.7</c>
/// (median, standard deviation of the natural logarithm). The last two may end with bounds, as in <c>normal:512,128,16..1024</c>.
/// </summary>
internal static class DistributionParser
{
    public const string Grammar = "N, uniform:MIN..MAX, normal:MEAN,SD or lognormal:MEDIAN,SIGMA; the last two may end with ,MIN..MAX";

    /// <exception cref="FormatException">With a sentence for people.</exception>
    public static Distribution Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return Distribution.Fixed(Number(text, text)) with { Text = text };
        var parts = text[(colon + 1)..].Split(',');
        return text[..colon] switch
        {
            "uniform" when parts.Length == 1 => Bounded(new Distribution(text, DistributionKind.Uniform, 0, 0, 0, 0), parts[0]),
            "normal" when parts.Length is 2 or 3 => Bell(text, DistributionKind.Normal, parts),
            "lognormal" when parts.Length is 2 or 3 => Bell(text, DistributionKind.Lognormal, parts),
            _ => throw new FormatException($"'{text}' is no distribution. Write {Grammar}."),
        };
    }

    private static Distribution Bell(string text, DistributionKind kind, string[] parts)
    {
        var bell = new Distribution(text, kind, Number(parts[0], text), Number(parts[1], text), 0, double.PositiveInfinity);
        return parts.Length == 3 ? Bounded(bell, parts[2]) : bell;
    }

    private static Distribution Bounded(Distribution distribution, string bounds)
    {
        if (bounds.Split("..") is not [var lower, var upper])
            throw new FormatException($"'{bounds}' in '{distribution.Text}' are no bounds. Write MIN..MAX, such as 100..900.");
        var (min, max) = (Number(lower, distribution.Text), Number(upper, distribution.Text));
        return min <= max
            ? distribution with { Min = min, Max = max }
            : throw new FormatException($"In '{distribution.Text}' the lower bound {lower} is above the upper bound {upper}.");
    }

    private static double Number(string part, string text) =>
        double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new FormatException($"'{part}' in '{text}' is not a number of 0 or more. Write {Grammar}.");
}
