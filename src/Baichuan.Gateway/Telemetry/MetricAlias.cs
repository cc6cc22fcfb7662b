namespace Baichuan.Gateway.Telemetry;

/// <summary>A metric of ours under a name that dashboards of this field read already. Series that differ in dropped labels alone are added up.</summary>
internal sealed record MetricAlias(string Source, string Name, string Help)
{
    private static readonly Dictionary<string, string> _engine = new() { ["replica"] = "engine" };

    private static readonly Dictionary<string, string> _finishedReason = new() { ["outcome"] = "finished_reason" };

    private static readonly Dictionary<string, string> _reasons = new()
    {
        ["stop"] = "stop",
        ["length"] = "length",
        ["cancelled"] = "abort",
        ["deadline"] = "abort",
        ["error"] = "error",
    };

    /// <summary>Their name of a label of ours; others are dropped, but for a histogram's "le".</summary>
    public IReadOnlyDictionary<string, string> Labels { get; private init; } = new Dictionary<string, string>();

    /// <summary>Their words for values of these labels; a series with another value is left out. Null: values stay.</summary>
    public IReadOnlyDictionary<string, string>? Values { get; private init; }

    public static IReadOnlyList<MetricAlias> All { get; } =
    [
        OfReplica("requests_running", "num_requests_running", "Sequences in the running batch."),
        OfReplica("requests_waiting", "num_requests_waiting", "Requests in the queue."),
        OfReplica("prefix_cache_query_tokens_total", "prefix_cache_queries_total", "Tokens that were looked for in the prefix cache."),
        OfReplica("prefix_cache_hit_tokens_total", "prefix_cache_hits_total", "Tokens that were found in the prefix cache."),
        OfReplica("preemptions_total", "num_preemptions_total", "Running sequences that gave way to others."),
        OfReplica("request_queue_seconds", "request_queue_time_seconds", "From a request's arrival at its replica to its admission."),
        OfReplica("request_prefill_seconds", "request_prefill_time_seconds", "From a request's admission to its first token."),
        OfReplica("request_decode_seconds", "request_decode_time_seconds", "From a request's first token to its last."),
        OfReplica("request_inference_seconds", "request_inference_time_seconds", "From a request's admission to its last token."),
        OfReplica("step_rows", "iteration_tokens_total", "Tokens that a step computes."),
        OfGateway("prompt_tokens_total", "prompt_tokens_total", "Prompt tokens of accepted requests."),
        OfGateway("completion_tokens_total", "generation_tokens_total", "Completion tokens sent to clients."),
        OfGateway("time_to_first_token_seconds", "time_to_first_token_seconds", "From a request's arrival to its first token."),
        OfGateway("inter_token_latency_seconds", "inter_token_latency_seconds", "Between one token and the next."),
        OfGateway("request_duration_seconds", "e2e_request_latency_seconds", "From a request's arrival to its end."),
        OfGateway("request_prompt_tokens", "request_prompt_tokens", "Prompt tokens of a request."),
        OfGateway("request_completion_tokens", "request_generation_tokens", "Completion tokens of a request."),
        OfGateway("requests_total", "request_success_total", "Requests that ended, by reason.") with { Labels = _finishedReason, Values = _reasons },
    ];

    private static MetricAlias OfGateway(string source, string name, string help) => new($"baichuan_gateway_{source}", $"vllm:{name}", help);

    private static MetricAlias OfReplica(string source, string name, string help) => new($"baichuan_replica_{source}", $"vllm:{name}", help) { Labels = _engine };
}
