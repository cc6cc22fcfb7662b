using Baichuan.Cli.Bench.Load;
using Baichuan.Cli.Bench.Reporting;
using CsCheck;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Bench.Reporting;

public sealed class ReportFiguresTests
{
    [Fact]
    public void Every_planned_request_is_counted_once_and_failures_by_status()
    {
        var interrupted = new RequestRecord(default, default);
        interrupted.OnInterrupted();
        RequestRecord[] records =
        [
            Records.Completed(0, 0, 1, 1, 2),
            Records.Ended(StatusCode.ResourceExhausted, "The queue is full."),
            Records.Ended(StatusCode.Internal, "one"),
            Records.Ended(StatusCode.Unavailable, "two"),
            Records.Ended(StatusCode.Unavailable, "three"),
            interrupted,
        ];

        var counts = ReportFigures.CountRequests(records, 10);

        Assert.Equal((10, 1, 1, 3, 1, 4), (counts.Planned, counts.Completed, counts.Refused, counts.Failed, counts.Interrupted, counts.NotSent));
        Assert.Equal([new FailureCount("UNAVAILABLE", 2, "two"), new FailureCount("INTERNAL", 1, "one")], counts.Failures);
    }

    [Fact]
    public void Throughput_and_goodput_are_over_the_whole_duration()
    {
        RequestRecord[] completed = [Records.Completed(0, 0, 100, 10, 5), Records.Completed(0, 0, 900, 10, 5)];
        var (tokens, duration) = (ReportFigures.CountTokens(completed), TimeSpan.FromSeconds(4));

        Assert.Equal(new TokenCounts(20, 8, 10), tokens);
        Assert.Equal(new Throughput(0.5, 2.5, 7.5), ReportFigures.ThroughputOf(2, tokens, duration));
        Assert.Equal(new Goodput(1, 0.25), ReportFigures.GoodputOf(completed, Slo.Parse("ttft:500"), duration));
    }

    [Fact]
    public void A_run_of_no_length_has_no_rates() =>
        Assert.Equal(new Throughput(0, 0, 0), ReportFigures.ThroughputOf(0, new TokenCounts(0, 0, 0), TimeSpan.Zero));

    [Fact]
    public void Concurrency_is_what_counting_at_every_millisecond_finds() => Gen.Select(Gen.Int[0, 40], Gen.Int[1, 20]).Array[1, 20].Sample(requests =>
    {
        var records = requests.Select(request => Records.Ended(StatusCode.Internal, "", request.Item1, request.Item1 + request.Item2)).ToArray();
        var duration = records.Max(record => record.End);

        // Requests that start at a millisecond are in flight in it; those that end at it are not any more.
        var counts = Enumerable.Range(0, (int)duration.TotalMilliseconds)
            .Select(now => requests.Count(request => request.Item1 <= now && now < request.Item1 + request.Item2))
            .ToArray();

        var concurrency = Concurrency.Of(new LoadResult(records, duration, false));
        Assert.Equal(counts.Max(), concurrency.Peak);
        Assert.Equal(counts.Average(), concurrency.Mean, 1e-6);
    });
}
