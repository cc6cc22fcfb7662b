namespace Baichuan.Cli.Bench.Reporting;

/// <summary>Requests by what became of them: planned = completed + refused + failed + interrupted + not sent.</summary>
/// <param name="Planned">All turns of all arrivals.</param>
/// <param name="Refused">With RESOURCE_EXHAUSTED.</param>
/// <param name="Failed">With any other status, or by the error of a stream that had started.</param>
/// <param name="Interrupted">In flight when somebody ended the run.</param>
/// <param name="NotSent">Because somebody ended the run, or an earlier turn of their conversation did not complete.</param>
/// <param name="Failures">The failed ones by status.</param>
internal sealed record RequestCounts(
    int Planned,
    int Completed,
    int Refused,
    int Failed,
    int Interrupted,
    int NotSent,
    IReadOnlyList<FailureCount> Failures);
