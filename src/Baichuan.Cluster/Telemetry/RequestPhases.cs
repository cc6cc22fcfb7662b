using Baichuan.Model;

namespace Baichuan.Cluster.Telemetry;

/// <summary>Where one request is in its life at a replica, from its submission on.</summary>
internal sealed class RequestPhases(RequestMetrics metrics, RequestClass requestClass, TimeProvider time)
{
    private readonly long _submitted = time.GetTimestamp();
    private long? _admitted;
    private long? _firstToken;
    private long _lastToken;

    /// <summary>It runs. Only the first admission counts: what follows when it gives way is no queue.</summary>
    public void OnAdmitted()
    {
        if (_admitted is not null)
            return;
        _admitted = time.GetTimestamp();
        metrics.OnAdmitted(requestClass, time.GetElapsedTime(_submitted, _admitted.Value));
    }

    public void OnToken()
    {
        _lastToken = time.GetTimestamp();
        if (_firstToken is not null || _admitted is not { } admitted)
            return;
        _firstToken = _lastToken;
        metrics.OnFirstToken(time.GetElapsedTime(admitted, _lastToken));
    }

    public void OnEnded()
    {
        if (_admitted is { } admitted && _firstToken is { } first)
            metrics.OnEnded(time.GetElapsedTime(first, _lastToken), time.GetElapsedTime(admitted, _lastToken));
    }
}
