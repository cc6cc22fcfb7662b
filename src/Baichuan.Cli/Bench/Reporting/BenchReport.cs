namespace Baichuan.Cli.Bench.Reporting;

/// <summary>
/// A run, as <c>baichuan bench --json</c> writes it in snake_case: times that end in _s are seconds, those in _ms milliseconds; what does not apply is null.
/// Fields are added without a new version, and never change their meaning within one.
/// </summary>
internal sealed record BenchReport
{
    public int Version { get; init; } = 1;

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Address of the gateway.</summary>
    public required string Gateway { get; init; }

    public required string Model { get; init; }

    /// <summary>What the cluster ran: weights, types, executor, layout. Figures of different profiles compare deployments, not versions.</summary>
    public required string ProfileId { get; init; }

    public required BenchInputs Inputs { get; init; }

    /// <summary>Whether somebody ended the run early; the figures are of what there was.</summary>
    public required bool Interrupted { get; init; }

    /// <summary>From the start to the end of the last request.</summary>
    public required double DurationS { get; init; }

    public required RequestCounts Requests { get; init; }

    public required TokenCounts Tokens { get; init; }

    public required Throughput Throughput { get; init; }

    /// <summary>Null without objectives.</summary>
    public required Goodput? Goodput { get; init; }

    public required Concurrency Concurrency { get; init; }

    public required Latencies LatencyMs { get; init; }
}
