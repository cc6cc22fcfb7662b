using Baichuan.Cli.Bench.Planning;
using Baichuan.Cli.Bench.Reporting;

namespace Baichuan.Cli.Bench;

/// <summary>All that decides which requests are sent, and when. A part of the JSON report; names as in <c>vllm bench serve</c> where that has them.</summary>
internal sealed record BenchInputs
{
    public required Workload Workload { get; init; }

    /// <summary>Two runs of the same inputs send the same requests at the same offsets; turns after the first, after the same answers (which one profile gives).</summary>
    public required ulong Seed { get; init; }

    /// <summary>Arrivals: requests, or conversations.</summary>
    public required int NumPrompts { get; init; }

    /// <summary>Arrivals per second; null: all at once.</summary>
    public required double? RequestRate { get; init; }

    /// <summary>Shape of the gamma distribution of the gaps between arrivals; 1: Poisson.</summary>
    public required double Burstiness { get; init; }

    /// <summary>Most requests in flight; the others wait here, and their latency counts. Null: no bound.</summary>
    public required int? MaxConcurrency { get; init; }

    /// <summary>Tokens of a prompt; of its tail after a shared prefix; of what a turn adds to the history.</summary>
    public required Distribution InputLen { get; init; }

    /// <summary>Tokens of an answer.</summary>
    public required Distribution OutputLen { get; init; }

    /// <summary>Groups of prompts that begin alike; null unless shared-prefix.</summary>
    public required int? NumPrefixes { get; init; }

    /// <summary>Tokens of such a beginning; null unless shared-prefix.</summary>
    public required int? PrefixLen { get; init; }

    /// <summary>Requests of a conversation; null unless multi-turn.</summary>
    public required int? Turns { get; init; }

    /// <summary>Seconds from an answer's end to the next turn; null unless multi-turn.</summary>
    public required Distribution? ThinkTime { get; init; }

    /// <summary>Requests before the measurement.</summary>
    public required int Warmup { get; init; }

    /// <summary>What a request has to meet to count in the goodput; null: no goodput.</summary>
    public required Slo? Slo { get; init; }
}
