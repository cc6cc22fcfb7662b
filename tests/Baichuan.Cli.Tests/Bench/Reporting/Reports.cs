using Baichuan.Cli.Bench.Planning;
using Baichuan.Cli.Bench.Reporting;

namespace Baichuan.Cli.Tests.Bench.Reporting;

internal static class Reports
{
    /// <summary>Conversations, interrupted after a refusal and a failure; it never happened.</summary>
    public static BenchReport Eventful { get; } = new()
    {
        StartedAt = new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero),
        Gateway = "http://127.0.0.1:5080",
        Model = "demo",
        ProfileId = "0123456789abcdef",
        Inputs = Inputs.MultiTurn with { RequestRate = 2.5, MaxConcurrency = 8, ThinkTime = DistributionParser.Parse("1.5"), Slo = Slo.Parse("ttft:1000,tpot:100") },
        Interrupted = true,
        DurationS = 12.5,
        Requests = new RequestCounts(60, 20, 1, 2, 3, 34, [new FailureCount("UNAVAILABLE", 2, "No replica is ready.")]),
        Tokens = new TokenCounts(12345, 2345, 678),
        Throughput = new Throughput(1.6, 54.24, 1041.84),
        Goodput = new Goodput(19, 1.52),
        Concurrency = new Concurrency(2.25, 8),
        LatencyMs = new Latencies(new(100.5, 90, 200, 1300.25), new(10, 9, 12, 14), null, new(900, 850, 1500, 2100), new(0.5, 0.25, 1, 2)),
    };
}
