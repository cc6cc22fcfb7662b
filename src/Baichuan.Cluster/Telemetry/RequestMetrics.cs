using System.Globalization;
using Baichuan.Model;
using Prometheus;

namespace Baichuan.Cluster.Telemetry;

/// <summary>How long requests spend in the phases of their life at a replica. Those that came from a lost replica are not counted again. Labels: the replica's number,
/// and of the queue, the class that a request asked for.</summary>
internal sealed class RequestMetrics
{
    // 1 ms to 35 min by doubling.
    private static readonly double[] Buckets = Histogram.ExponentialBuckets(0.001, 2, 22);

    private static readonly Histogram Queue = Create("queue", "From a request's submission to its admission to the running batch.", "replica", "class");
    private static readonly Histogram Prefill = Create("prefill", "From a request's admission to its first token.", "replica");
    private static readonly Histogram Decode = Create("decode", "From a request's first token to its last.", "replica");
    private static readonly Histogram Inference = Create("inference", "From a request's admission to its last token.", "replica");

    private readonly Histogram.Child[] _queue; // by class
    private readonly Histogram.Child _prefill;
    private readonly Histogram.Child _decode;
    private readonly Histogram.Child _inference;

    public RequestMetrics(int replica)
    {
        var label = replica.ToString(CultureInfo.InvariantCulture);
        _queue = [.. Enum.GetValues<RequestClass>().Select(requestClass => Queue.WithLabels(label, requestClass.ToString().ToLowerInvariant()))];
        _prefill = Prefill.WithLabels(label);
        _decode = Decode.WithLabels(label);
        _inference = Inference.WithLabels(label);
    }

    public void OnAdmitted(RequestClass requestClass, TimeSpan queued) => _queue[(int)requestClass].Observe(queued.TotalSeconds);

    public void OnFirstToken(TimeSpan sinceAdmission) => _prefill.Observe(sinceAdmission.TotalSeconds);

    /// <summary>A request that had a token has ended, in whichever way.</summary>
    public void OnEnded(TimeSpan sinceFirstToken, TimeSpan sinceAdmission)
    {
        _decode.Observe(sinceFirstToken.TotalSeconds);
        _inference.Observe(sinceAdmission.TotalSeconds);
    }

    private static Histogram Create(string phase, string help, params string[] labels) =>
        Metrics.CreateHistogram($"baichuan_replica_request_{phase}_seconds", help, labels, new HistogramConfiguration { Buckets = Buckets });
}
