using Baichuan.Cli.Bench.Load;

namespace Baichuan.Cli.Bench.Reporting;

/// <summary>Requests in flight: from when they are sent to when they end, however they do.</summary>
/// <param name="Mean">Over the duration of the run.</param>
internal sealed record Concurrency(double Mean, int Peak)
{
    public static Concurrency Of(LoadResult result)
    {
        var total = result.Records.Aggregate(TimeSpan.Zero, (sum, record) => sum + (record.End - record.Sent));

        // At one instant ends come before beginnings: the one made room for the other.
        var changes = result.Records.SelectMany(record => new[] { (At: record.Sent, Change: 1), (At: record.End, Change: -1) }).Order();
        var (now, peak) = (0, 0);
        foreach (var (_, change) in changes)
            peak = Math.Max(peak, now += change);
        return new Concurrency(result.Duration > TimeSpan.Zero ? total / result.Duration : 0, peak);
    }
}
