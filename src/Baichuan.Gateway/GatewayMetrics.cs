using Baichuan.Gateway.OperatorConsole;
using Baichuan.Gateway.Tenants;
using Prometheus;

namespace Baichuan.Gateway;

/// <summary>What the gateway counts, at /metrics. Methods are events; thread-safe. Labels never hold anything that a client can choose.</summary>
internal sealed class GatewayMetrics
{
    // 1 ms to 41 min by doubling: a queue may hold a first token back for long.
    private static readonly double[] _firstTokenBuckets = Histogram.ExponentialBuckets(0.001, 2, 22);

    // 1 ms to 33 s by doubling; finer around the 10 to 100 ms that readers notice.
    private static readonly double[] _interTokenBuckets =
        [0.001, 0.002, 0.004, 0.008, 0.012, 0.016, 0.024, 0.032, 0.048, 0.064, 0.096, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384, 32.768];

    // 10 ms to 87 min by doubling.
    private static readonly double[] _durationBuckets = Histogram.ExponentialBuckets(0.01, 2, 20);

    // 1, 2, 5, 10 ... 50,000 tokens.
    private static readonly double[] _tokenBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

    private readonly Counter _requests;
    private readonly Gauge _running;
    private readonly Counter _promptTokens;
    private readonly Counter _completionTokens;
    private readonly Counter _tenantTokens;
    private readonly Histogram _requestPromptTokens;
    private readonly Histogram _requestCompletionTokens;
    private readonly Histogram _firstToken;
    private readonly Histogram _interToken;
    private readonly Histogram _duration;
    private readonly Counter _resubmissions;
    private readonly Counter _parked;
    private readonly Counter _failedCalls;
    private readonly Gauge _readyReplicas;

    private readonly RecentTraffic? _recent;

    /// <param name="recent">Hears of the same events, for the console; null: there is none.</param>
    public GatewayMetrics(CollectorRegistry registry, RecentTraffic? recent = null)
    {
        _recent = recent;
        var metrics = Metrics.WithCustomRegistry(registry);
        _requests = metrics.CreateCounter(
            "baichuan_gateway_requests_total", "Requests that ended, by finish reason, or by status where they have no stream.", "method", "outcome");
        _running = metrics.CreateGauge("baichuan_gateway_requests_running", "Generating requests from their arrival to their last event.");
        _promptTokens = metrics.CreateCounter("baichuan_gateway_prompt_tokens_total", "Prompt tokens of accepted requests.");
        _completionTokens = metrics.CreateCounter("baichuan_gateway_completion_tokens_total", "Completion tokens sent to clients.");
        _tenantTokens = metrics.CreateCounter(
            "baichuan_gateway_tenant_tokens_total", "Prompt tokens of accepted requests and completion tokens sent, by tenant.", "tenant", "kind");
        _requestPromptTokens = CreateTokens(metrics, "request_prompt_tokens", "Prompt tokens of an accepted request.");
        _requestCompletionTokens = CreateTokens(metrics, "request_completion_tokens", "Completion tokens of a request, when it ended.");
        _firstToken = Create(metrics, "time_to_first_token", "From a request's arrival to its first token, written to the client.", _firstTokenBuckets);
        _interToken = Create(metrics, "inter_token_latency", "Between one token and the next, written to the client.", _interTokenBuckets);
        _duration = Create(metrics, "request_duration", "From an accepted request's arrival to its end.", _durationBuckets);
        _resubmissions = metrics.CreateCounter("baichuan_gateway_resubmissions_total", "Streams that lost their replica, or were parked, and were submitted again.");
        _parked = metrics.CreateCounter("baichuan_gateway_parked_total", "Sequences that were given up because their clients did not read, until these have caught up.");
        _failedCalls = metrics.CreateCounter("baichuan_gateway_replica_call_failures_total", "Calls to replicas that failed or were not answered in time.");
        _readyReplicas = metrics.CreateGauge("baichuan_gateway_replicas_ready", "Replicas that requests may go to, as this gateway sees them.");
    }

    public void OnRequestEnded(string method, string outcome)
    {
        _requests.WithLabels(method, outcome).Inc();
        _recent?.OnRequestEnded(outcome);
    }

    public void OnStreamArrived() => _running.Inc();

    public void OnStreamGone() => _running.Dec();

    public void OnAccepted(Tenant tenant, int promptTokens)
    {
        _promptTokens.Inc(promptTokens);
        _tenantTokens.WithLabels(tenant.Label, "prompt").Inc(promptTokens);
        _requestPromptTokens.Observe(promptTokens);
        _recent?.OnAccepted(promptTokens);
    }

    public void OnFirstTokens(Tenant tenant, int tokens, TimeSpan sinceArrival)
    {
        OnTokens(tenant, tokens);
        _firstToken.Observe(sinceArrival.TotalSeconds);
        _recent?.OnFirstTokens(tokens, sinceArrival);
    }

    /// <summary>Tokens that were written together share the time since the ones before.</summary>
    public void OnMoreTokens(Tenant tenant, int tokens, TimeSpan sinceLast)
    {
        OnTokens(tenant, tokens);
        _interToken.Observe(sinceLast.TotalSeconds / tokens, tokens);
        _recent?.OnMoreTokens(tokens, sinceLast / tokens);
    }

    public void OnStreamEnded(TimeSpan sinceArrival, int completionTokens)
    {
        _duration.Observe(sinceArrival.TotalSeconds);
        _requestCompletionTokens.Observe(completionTokens);
    }

    public void OnResubmitted() => _resubmissions.Inc();

    public void OnParked() => _parked.Inc();

    public void OnReplicaCallFailed() => _failedCalls.Inc();

    public void OnTopologySeen(int readyReplicas) => _readyReplicas.Set(readyReplicas);

    private void OnTokens(Tenant tenant, int tokens)
    {
        _completionTokens.Inc(tokens);
        _tenantTokens.WithLabels(tenant.Label, "completion").Inc(tokens);
    }

    private static Histogram CreateTokens(MetricFactory metrics, string name, string help) =>
        metrics.CreateHistogram($"baichuan_gateway_{name}", help, new HistogramConfiguration { Buckets = _tokenBuckets });

    private static Histogram Create(MetricFactory metrics, string name, string help, double[] buckets) =>
        metrics.CreateHistogram($"baichuan_gateway_{name}_seconds", help, new HistogramConfiguration { Buckets = buckets });
}
