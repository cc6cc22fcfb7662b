namespace Baichuan.Scheduling.Queueing;

/// <summary>How fast the queue has been emptying over the last seconds.</summary>
internal sealed class DrainRate
{
    private const int Samples = 16;

    private static readonly TimeSpan SamplePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);

    private readonly Queue<(DateTimeOffset Time, long Requests, long Tokens)> _samples = new(Samples);
    private (DateTimeOffset Time, long Requests, long Tokens) _latest;

    /// <summary>Notes how many requests, and prompt tokens of them, have left the queue so far.</summary>
    public void Observe(DateTimeOffset now, long requests, long tokens)
    {
        if (now < _latest.Time)
            _samples.Clear(); // the clock was set back
        if (_samples.Count == 0 || now - _latest.Time >= SamplePeriod)
        {
            if (_samples.Count == Samples)
                _samples.Dequeue();
            _latest = (now, requests, tokens);
            _samples.Enqueue(_latest);
        }
    }

    /// <summary>The time in which this much leaves the queue as things go; between one second and a minute.</summary>
    public TimeSpan TimeFor(DateTimeOffset now, long left, long leftTokens, int requests, long tokens)
    {
        Observe(now, left, leftTokens);
        var (since, atRequests, atTokens) = _samples.Peek();
        var elapsed = now - since;
        if (elapsed < SamplePeriod)
            return Least; // nothing is known yet
        var seconds = elapsed.TotalSeconds * Math.Max(Ratio(requests, left - atRequests), Ratio(tokens, leftTokens - atTokens));
        return TimeSpan.FromSeconds(Math.Clamp(seconds, Least.TotalSeconds, Most.TotalSeconds));
    }

    private static double Ratio(long ahead, long gone) => ahead == 0 ? 0 : gone == 0 ? double.PositiveInfinity : (double)ahead / gone;
}
