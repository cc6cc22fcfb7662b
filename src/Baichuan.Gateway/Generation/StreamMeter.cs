using Baichuan.V1;

namespace Baichuan.Gateway.Generation;

/// <summary>Times and counts of one request, for metrics and log. Thread-safe.</summary>
internal sealed class StreamMeter : IDisposable
{
    private readonly string _method;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly long _arrival;
    private readonly Lock _gate = new();
    private long[] _lastTokens = []; // of each choice; before its first, the request's
    private int _sent;

    public StreamMeter(string method, GatewayMetrics metrics, TimeProvider time)
    {
        (_method, _metrics, _time, _arrival) = (method, metrics, time, time.GetTimestamp());
        metrics.OnStreamArrived();
    }

    /// <summary>From the request's arrival to its first token; null before that.</summary>
    public TimeSpan? FirstTokenAfter { get; private set; }

    public TimeSpan Elapsed => _time.GetElapsedTime(_arrival);

    public void OnAccepted(int promptTokens, int choices)
    {
        _lastTokens = new long[choices];
        _metrics.OnAccepted(promptTokens);
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
                _metrics.OnFirstTokens(count, (FirstTokenAfter = _time.GetElapsedTime(_arrival, now)).Value);
                Array.Fill(_lastTokens, now);
            }
            else
            {
                _metrics.OnMoreTokens(count, _time.GetElapsedTime(_lastTokens[choice], now));
            }

            _lastTokens[choice] = now;
        }
    }

    public void OnFinished(FinishReason reason)
    {
        _metrics.OnRequestEnded(_method, reason.ToString().ToLowerInvariant());
        _metrics.OnStreamEnded(Elapsed, _sent);
    }

    public void Dispose() => _metrics.OnStreamGone();
}
