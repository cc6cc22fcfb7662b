using Baichuan.Model;

namespace Baichuan.Cluster.Telemetry;

/// <summary>Where one request is in its life at a replica, from its submission on.</summary>
/// <param name="metrics">Null where the request is counted at another replica, that was lost.</param>
/// <param name="spans">Null where it is not traced.</param>
internal sealed class RequestPhases(RequestMetrics? metrics, RequestClass requestClass, TimeProvider time, StepMetrics steps, PhaseSpans? spans = null)
{
    private readonly long _submitted = time.GetTimestamp();
    private long? _admitted;
    private long? _firstToken;
    private long _lastToken;
    private StepSum _atAdmission;
    private StepSum _afterPrefill;
    private bool _decodes;

    /// <summary>It runs. Only the first admission counts: what follows when it gives way is no queue.</summary>
    public void OnAdmitted()
    {
        if (_admitted is not null)
            return;
        _admitted = time.GetTimestamp();
        _atAdmission = steps.Sum;
        metrics?.OnAdmitted(requestClass, time.GetElapsedTime(_submitted, _admitted.Value));
    }

    public void OnToken()
    {
        _lastToken = time.GetTimestamp();
        if (_firstToken is null && _admitted is { } admitted)
        {
            _firstToken = _lastToken;
            metrics?.OnFirstToken(time.GetElapsedTime(admitted, _lastToken));
        }
        else if (!_decodes)
        {
            // The step that brought the first token was summed up after it.
            (_decodes, _afterPrefill) = (true, steps.Sum);
        }
    }

    public void OnEnded()
    {
        if (_admitted is { } admitted && _firstToken is { } first)
            metrics?.OnEnded(time.GetElapsedTime(first, _lastToken), time.GetElapsedTime(admitted, _lastToken));
        if (spans is not null)
            Write(spans);
    }

    private void Write(PhaseSpans spans)
    {
        var (now, utc) = (time.GetTimestamp(), time.GetUtcNow());
        void Phase(string name, long from, long to, StepSum done) => spans.Write(name, utc - time.GetElapsedTime(from, now), time.GetElapsedTime(from, to), done);

        Phase("queue", _submitted, _admitted ?? now, default);
        if (_admitted is not { } admitted)
            return;
        Phase("prefill", admitted, _firstToken ?? now, (_decodes ? _afterPrefill : steps.Sum) - _atAdmission);
        if (_firstToken is { } first && _decodes)
            Phase("decode", first, _lastToken, steps.Sum - _afterPrefill);
    }
}
