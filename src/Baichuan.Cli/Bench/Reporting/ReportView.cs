using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Baichuan.Cli.Bench.Reporting;

/// <summary>A report for people.</summary>
internal static class ReportView
{
    public static void Write(BenchReport report, IAnsiConsole display)
    {
        display.Write(Summary(report));
        display.Write(LatencyTable(report.LatencyMs));
        display.Write(new Text("TTFT and E2E count from when a request was due; client queue is the part before it was sent.\n", Dim));
    }

    private static Style Dim { get; } = new(decoration: Decoration.Dim);

    private static Grid Summary(BenchReport report)
    {
        var grid = new Grid().AddColumns(2);
        void Add(string name, FormattableString value, Style? style = null) =>
            grid.AddRow(new Text(name, Dim), new Text(value.ToString(CultureInfo.InvariantCulture), style ?? Style.Plain));

        Add("model", $"{report.Model}, profile {report.ProfileId}");
        Add("workload", $"{Workload(report.Inputs)}, seed {report.Inputs.Seed}");
        Add("arrivals", $"{Arrivals(report.Inputs)}");
        Add("lengths", $"{Lengths(report.Inputs)}");
        Add("duration", $"{report.DurationS:F2} s{(report.Interrupted ? ", interrupted" : "")}");
        var requests = report.Requests;
        Add("requests", $"{requests.Completed} of {requests.Planned} completed");
        var early = requests.Interrupted + requests.NotSent > 0 ? Invariant($", {requests.Interrupted} interrupted, {requests.NotSent} not sent") : "";
        Add("other requests", $"{requests.Refused} refused (RESOURCE_EXHAUSTED), {requests.Failed} failed{early}");
        foreach (var failure in requests.Failures)
            Add("failed", $"{failure.Count} {failure.Status}, such as: {failure.Example}", new Style(Color.Red));
        Add("tokens", $"{report.Tokens.Input:N0} in ({report.Tokens.Cached:N0} cached), {report.Tokens.Output:N0} out");
        Add("request throughput", $"{report.Throughput.RequestsPerSecond:F2} req/s");
        if (report.Goodput is { } goodput)
            Add("request goodput", $"{goodput.RequestsPerSecond:F2} req/s ({goodput.Requests} of {requests.Planned} met {report.Inputs.Slo})");
        Add("output token throughput", $"{report.Throughput.OutputTokensPerSecond:F1} tok/s");
        Add("total token throughput", $"{report.Throughput.TotalTokensPerSecond:F1} tok/s");
        Add("concurrency", $"{report.Concurrency.Mean:F2} mean, {report.Concurrency.Peak} peak");
        return grid;
    }

    public static string Workload(BenchInputs inputs)
    {
        var name = JsonNamingPolicy.KebabCaseLower.ConvertName(inputs.Workload.ToString());
        return inputs.Turns is { } turns ? Invariant($"{name}, {inputs.NumPrompts} conversations of {turns} turns") : Invariant($"{name}, {inputs.NumPrompts} requests");
    }

    public static string Arrivals(BenchInputs inputs)
    {
        var bound = inputs.MaxConcurrency is { } most ? Invariant($", at most {most} in flight") : "";
        return (inputs.RequestRate is { } rate ? Invariant($"{rate} per second, burstiness {inputs.Burstiness}") : "all at once") + bound;
    }

    private static string Lengths(BenchInputs inputs)
    {
        var prefix = inputs is { PrefixLen: { } length, NumPrefixes: { } groups } ? Invariant($"prefix {length} (of {groups}) + ") : "";
        var thinkTime = inputs.ThinkTime is { } time ? $", think time {time.Text} s" : "";
        return $"{prefix}input {inputs.InputLen.Text}, output {inputs.OutputLen.Text} tokens{thinkTime}";
    }

    private static Table LatencyTable(Latencies latencies)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).AddColumn("ms");
        foreach (var column in new[] { "mean", "median", "p90", "p99" })
            table.AddColumn(new TableColumn(column).RightAligned());
        void Add(string name, LatencyFigures? figures) => table.AddRow(
            [new Text(name), .. new[] { figures?.Mean, figures?.Median, figures?.P90, figures?.P99 }.Select(value => new Text(value is { } ms ? Invariant($"{ms:N2}") : "-"))]);
        Add("TTFT", latencies.Ttft);
        Add("TPOT", latencies.Tpot);
        Add("ITL", latencies.Itl);
        Add("E2E", latencies.E2e);
        Add("client queue", latencies.ClientQueue);
        return table;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
