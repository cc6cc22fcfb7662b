namespace Baichuan.Scheduling.Queueing;

/// <summary>How fast the queue empties while somebody waits: over the last seconds of such time, however long ago they were. What passes an empty queue says nothing.</summary>
internal sealed class DrainRate
{
    private const int Samples = 16;

    private static readonly TimeSpan SamplePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);

    private readonly Queue<Sample> _samples = new(Samples);
    private Sample _latest; // of those
    private Sample _total;
    private (DateTimeOffset Time, long Requests, long Tokens, bool Waits) _last;

    public DrainRate() => _samples.Enqueue(default);

    /// <summary>Notes how many requests, and prompt tokens of them, have left the queue so far.</summary>
    /// <param name="waits">Somebody waits.</param>
    public void Observe(DateTimeOffset now, long requests, long tokens, bool waits)
    {
        if (_last.Waits && waits)
        {
            var passed = now > _last.Time ? now - _last.Time : TimeSpan.Zero; // a clock may be set back
            _total = new Sample(_total.Time + passed, _total.Requests + requests - _last.Requests, _total.Tokens + tokens - _last.Tokens);
        }

        _last = (now, requests, tokens, waits);
        if (_total.Time - _latest.Time < SamplePeriod)
            return;
        if (_samples.Count == Samples)
            _samples.Dequeue();
        _samples.Enqueue(_latest = _total);
    }

    /// <summary>The time in which this much leaves the queue as things go; between one second and a minute.</summary>
    public TimeSpan RetryAfter(int requests, long tokens)
    {
        var window = Window();
        if (window.Time < SamplePeriod)
            return Least; // nothing is known yet
        var seconds = window.Time.TotalSeconds * Math.Max(Ratio(requests, window.Requests), Ratio(tokens, window.Tokens));
        return TimeSpan.FromSeconds(Math.Clamp(seconds, Least.TotalSeconds, Most.TotalSeconds));
    }

    /// <summary>How long the last of so many requests will probably wait; zero while nothing is known. In favour of who comes: one more is taken to be about to leave.</summary>
    public TimeSpan Wait(int requests)
    {
        var window = Window();
        return window.Time < SamplePeriod ? TimeSpan.Zero : window.Time * requests / (window.Requests + 1);
    }

    private Sample Window()
    {
        var since = _samples.Peek();
        return new Sample(_total.Time - since.Time, _total.Requests - since.Requests, _total.Tokens - since.Tokens);
    }

    private static double Ratio(long ahead, long gone) => ahead == 0 ? 0 : gone == 0 ? double.PositiveInfinity : (double)ahead / gone;

    /// <param name="Time">In which somebody waited.</param>
    /// <param name="Requests">That left the queue in it.</param>
    /// <param name="Tokens">Of their prompts.</param>
    private readonly record struct Sample(TimeSpan Time, long Requests, long Tokens);
}
