using System.Text.Json;
using Baichuan.Cli.Bench.Load;

namespace Baichuan.Cli.Bench.Reporting;

/// <summary>Counts and sums over the records of a run.</summary>
internal static class ReportFigures
{
    public static RequestCounts CountRequests(IReadOnlyList<RequestRecord> records, int planned)
    {
        int Of(Outcome outcome) => records.Count(record => record.Outcome == outcome);
        var failures = from record in records
                       where record.Outcome == Outcome.Failed
                       group record.Status.Detail by record.Status.StatusCode into failed
                       orderby failed.Count() descending
                       select new FailureCount(JsonNamingPolicy.SnakeCaseUpper.ConvertName(failed.Key.ToString()), failed.Count(), failed.First());
        return new RequestCounts(
            planned,
            Of(Outcome.Completed),
            Of(Outcome.Refused),
            Of(Outcome.Failed),
            Of(Outcome.Interrupted),
            planned - records.Count,
            [.. failures]);
    }

    public static TokenCounts CountTokens(IReadOnlyCollection<RequestRecord> completed) => new(
        completed.Sum(record => (long)record.Usage.PromptTokens),
        completed.Sum(record => (long)record.Usage.CachedTokens),
        completed.Sum(record => (long)record.Usage.CompletionTokens));

    public static Throughput ThroughputOf(int requests, TokenCounts tokens, TimeSpan duration) =>
        new(Rate(requests, duration), Rate(tokens.Output, duration), Rate(tokens.Input + tokens.Output, duration));

    public static Goodput GoodputOf(IReadOnlyCollection<RequestRecord> completed, Slo slo, TimeSpan duration)
    {
        var good = completed.Count(slo.IsMetBy);
        return new Goodput(good, Rate(good, duration));
    }

    private static double Rate(long count, TimeSpan duration) => duration > TimeSpan.Zero ? count / duration.TotalSeconds : 0;
}
