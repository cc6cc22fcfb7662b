namespace Baichuan.Cli.Bench.Load;

/// <param name="Records">Of the requests that were sent, conversation by conversation.</param>
/// <param name="Duration">From the start to the end of the last request.</param>
/// <param name="Interrupted">Whether somebody ended the run early.</param>
internal sealed record LoadResult(IReadOnlyList<RequestRecord> Records, TimeSpan Duration, bool Interrupted);
