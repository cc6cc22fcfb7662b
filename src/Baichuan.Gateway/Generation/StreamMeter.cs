using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Telemetry;
using Baichuan.Gateway.Tenants;
using Baichuan.V1;

namespace Baichuan.Gateway.Generation;

/// <summary>Times and counts of one request, for metrics, trace, audit and log. Thread-safe.</summary>
internal sealed class StreamMeter : IDisposable
{
    private readonly string _method;
    private readonly Tenant _tenant;
    private readonly string _peer;
    private readonly RequestSpan _span;
    private readonly GatewayMetrics _metrics;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;
    private readonly long _arrival;
    private readonly Lock _gate = new();
    private GenerationRequest? _request; // once it is accepted
    private long[] _lastTokens = []; // of each choice; before its first, the request's
    private int _sent;
    private bool _isFinished;

    public StreamMeter(string method, Tenant tenant, string peer, RequestSpan span, GatewayMetrics metrics, AuditLog audit, TimeProvider time)
    {
        (_method, _tenant, _peer, _span, _metrics, _audit, _time, _arrival) = (method, tenant, peer, span, metrics, audit, time, time.GetTimestamp());
        metrics.OnStreamArrived();
    }

    /// <summary>From the request's arrival to its first token; null before that.</summary>
    public TimeSpan? FirstTokenAfter { get; private set; }

    public TimeSpan Elapsed => _time.GetElapsedTime(_arrival);

    public void OnAccepted(GenerationRequest request, string profile)
    {
        (_request, _lastTokens) = (request, new long[request.Choices]);
        _metrics.OnAccepted(_tenant, request.Prompt.Length);
        _span.OnAccepted(request, profile);
    }

    public void OnSent(int choice, GeneratedTokens tokens)
    {
        var count = tokens.TokenIds.Count;
        if (count == 0)
            return;
        lock (_gate)
        {
            _sent += count;
            var now = _time.GetTimestamp();
            if (FirstTokenAfter is null)
            {
                _metrics.OnFirstTokens(_tenant, count, (FirstTokenAfter = _time.GetElapsedTime(_arrival, now)).Value);
                _span.OnFirstToken();
                Array.Fill(_lastTokens, now);
            }
            else
            {
                _metrics.OnMoreTokens(_tenant, count, _time.GetElapsedTime(_lastTokens[choice], now));
            }

            _lastTokens[choice] = now;
        }
    }

    /// <summary>An accepted request has ended.</summary>
    public void OnFinished(GenerationFinished finished)
    {
        _isFinished = true;
        var outcome = finished.Reason.ToString().ToLowerInvariant();
        _metrics.OnRequestEnded(_method, outcome);
        _metrics.OnStreamEnded(Elapsed, _sent);
        _span.OnFinished(finished.Reason, _sent, finished.Usage.CachedTokens);
        _audit.OnStreamEnded(_tenant, _method, _peer, outcome, _request!.Id, finished.ProfileId, _request.Prompt.Length, _sent, Elapsed);
    }

    public void Dispose()
    {
        _metrics.OnStreamGone();
        if (!_isFinished)
            _span.OnRefused();
        _span.Dispose();
    }
}
