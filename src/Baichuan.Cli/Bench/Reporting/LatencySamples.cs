using Baichuan.Cli.Bench.Load;

namespace Baichuan.Cli.Bench.Reporting;

/// <summary>
/// The latencies of completed requests, by the definitions of <c>vllm bench serve</c> but for one thing: TTFT and E2E count from when a request was due, not
/// from when it was sent. So a request that waits in this process, for --max-concurrency or because the process is late, is not faster for it (no coordinated
/// omission); TTFT less client queue is vLLM's.
/// </summary>
internal sealed class LatencySamples(IReadOnlyCollection<RequestRecord> completed)
{
    /// <summary>Time to first token.</summary>
    public Samples Ttft { get; } = new(completed.Select(TtftOf).OfType<TimeSpan>());

    /// <summary>Time per output token after the first, of answers of several tokens.</summary>
    public Samples Tpot { get; } = new(completed.Where(record => record.Usage.CompletionTokens > 1).Select(TpotOf));

    /// <summary>Inter-token latency: every gap of every request.</summary>
    public Samples Itl { get; } = new(completed.SelectMany(record => record.Gaps));

    /// <summary>To the `finished` event, which comes with the last token or right after it.</summary>
    public Samples E2e { get; } = new(completed.Select(E2eOf));

    /// <summary>From when a request was due to when it was sent.</summary>
    public Samples ClientQueue { get; } = new(completed.Select(record => record.Sent - record.Due));

    public static TimeSpan? TtftOf(RequestRecord record) => record.FirstToken - record.Due;

    public static TimeSpan E2eOf(RequestRecord record) => record.End - record.Due;

    /// <summary>(E2E - TTFT) / (output tokens - 1); zero for an answer of one token.</summary>
    public static TimeSpan TpotOf(RequestRecord record) => record is { FirstToken: { } first, Usage.CompletionTokens: > 1 and var tokens }
        ? (record.End - first) / (tokens - 1)
        : TimeSpan.Zero;
}
