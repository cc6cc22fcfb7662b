using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Baichuan.Cli.Bench.Planning;

namespace Baichuan.Cli.Commands;

/// <summary>Readers of values of options; each throws a <see cref="FormatException"/> with a sentence for people.</summary>
internal static class FlagText
{
    private const double LeastRate = 0.001;

    public static T Number<T>(string text)
        where T : INumber<T> => T.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new FormatException($"'{text}' is not a number that fits.");

    public static int Count(string text) => Number<int>(text) is > 0 and var count ? count : throw new FormatException($"it is {text}, and has to be at least 1.");

    public static double Positive(string text) =>
        Number<double>(text) is > 0 and < double.PositiveInfinity and var number ? number : throw new FormatException($"it is {text}, and has to be above 0.");

    /// <summary>Null: inf.</summary>
    public static double? Rate(string text) => text == "inf"
        ? null
        : Positive(text) is >= LeastRate and var rate ? rate : throw new FormatException($"it is {text} per second, and has to be at least {LeastRate}, or inf.");

    public static Distribution Lengths(string text)
    {
        var lengths = DistributionParser.Parse(text);
        return lengths.Kind switch
        {
            DistributionKind.Fixed when lengths.Centre < 1 => throw new FormatException($"it is {text} tokens, and has to be at least 1."),
            DistributionKind.Uniform when lengths.Min < 1 => throw new FormatException($"the least of '{text}' is {lengths.Min} tokens, and has to be at least 1."),
            _ => lengths,
        };
    }

    public static Workload Workload(string text)
    {
        foreach (var workload in Enum.GetValues<Workload>())
        {
            if (JsonNamingPolicy.KebabCaseLower.ConvertName(workload.ToString()) == text)
                return workload;
        }

        throw new FormatException($"'{text}' is no workload; they are random, shared-prefix and multi-turn.");
    }
}
