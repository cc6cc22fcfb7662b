using System.Text.Json.Serialization;

namespace Baichuan.Cli.Bench.Planning;

/// <summary>Where lengths (tokens) and think times (seconds) are drawn from. <see cref="DistributionParser"/> has the grammar.</summary>
/// <param name="Text">As the command line has it.</param>
/// <param name="Centre">The value itself, the mean, or the median of a lognormal; unused where uniform.</param>
/// <param name="Spread">Standard deviation: of the values, or of their natural logarithm where lognormal.</param>
/// <param name="Min">What is drawn below it becomes it.</param>
/// <param name="Max">What is drawn above it becomes it.</param>
[JsonConverter(typeof(DistributionJson))]
internal sealed record Distribution(string Text, DistributionKind Kind, double Centre, double Spread, double Min, double Max)
{
    private const double SecondsOfDay = 24 * 60 * 60;

    /// <summary>Always the same value.</summary>
    public static Distribution Fixed(double value) =>
        new(FormattableString.Invariant($"{value}"), DistributionKind.Fixed, value, 0, 0, double.PositiveInfinity);

    public double Sample(RandomStream random) => Math.Clamp(Draw(random), Min, Max);

    /// <summary>The nearest whole number, at least 1. Where uniform, every number from Min to Max has the same chance.</summary>
    public int SampleTokens(RandomStream random)
    {
        var value = Kind == DistributionKind.Uniform ? Math.Floor(Min + random.NextUnit() * (Max - Min + 1)) : Math.Round(Sample(random));
        return (int)Math.Clamp(value, 1, int.MaxValue);
    }

    /// <summary>The value as seconds; at most a day, since a long tail may draw anything.</summary>
    public TimeSpan SampleTime(RandomStream random) => TimeSpan.FromSeconds(Math.Min(Sample(random), SecondsOfDay));

    private double Draw(RandomStream random) => Kind switch
    {
        DistributionKind.Uniform => Min + random.NextUnit() * (Max - Min),
        DistributionKind.Normal => Centre + Spread * random.NextNormal(),
        DistributionKind.Lognormal => Centre * Math.Exp(Spread * random.NextNormal()),
        _ => Centre,
    };
}
