namespace Baichuan.Gateway.OperatorConsole;

/// <summary>What a gateway did in the last minutes, in slices of two seconds. Methods are events; thread-safe.</summary>
internal sealed class RecentTraffic(TimeProvider time)
{
    public const int SliceSeconds = 2;
    public const int Slices = 150;

    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private readonly TrafficSlice[] _slices = [.. Enumerable.Range(0, Slices + 1).Select(_ => new TrafficSlice())]; // one more: the one that goes on

    public void OnAccepted(int promptTokens)
    {
        lock (_gate)
            Current().PromptTokens += promptTokens;
    }

    public void OnFirstTokens(int tokens, TimeSpan sinceArrival)
    {
        lock (_gate)
        {
            var slice = Current();
            slice.CompletionTokens += tokens;
            slice.FirstToken.Add(sinceArrival);
        }
    }

    public void OnMoreTokens(int tokens, TimeSpan each)
    {
        lock (_gate)
        {
            var slice = Current();
            slice.CompletionTokens += tokens;
            slice.InterToken.Add(each, tokens);
        }
    }

    /// <param name="outcome">As metrics call it.</param>
    public void OnRequestEnded(string outcome)
    {
        lock (_gate)
        {
            if (outcome is "stop" or "length")
                Current().Done++;
            else if (outcome is not ("ok" or "cancelled"))
                Current().Failed++;
        }
    }

    /// <summary>The slices that are over, the oldest first; one in which nothing happened is empty.</summary>
    public IReadOnlyList<TrafficPoint> Points()
    {
        lock (_gate)
        {
            var now = Number();
            var points = new List<TrafficPoint>();
            for (var number = Math.Max(0, now - Slices); number < now; number++)
            {
                var slice = _slices[number % _slices.Length];
                points.Add(slice.Number == number ? TrafficPoint.Of(slice) : TrafficPoint.Empty);
            }

            return points;
        }
    }

    private long Number() => (long)time.GetElapsedTime(_start).TotalSeconds / SliceSeconds;

    private TrafficSlice Current()
    {
        var number = Number();
        var slice = _slices[number % _slices.Length];
        if (slice.Number != number)
            slice.Begin(number);
        return slice;
    }
}
