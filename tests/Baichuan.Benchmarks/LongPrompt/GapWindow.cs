namespace Baichuan.Benchmarks.LongPrompt;

/// <summary>Collects the times between tokens of some streams, from when all of them have begun. Thread-safe.</summary>
internal sealed class GapWindow(int streams)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _allBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<double> _gaps = [];
    private int _begun;

    public Task AllBegun => _allBegun.Task;

    public void OnFirstToken()
    {
        if (Interlocked.Increment(ref _begun) == streams)
            _allBegun.TrySetResult();
    }

    public void OnGap(TimeSpan gap)
    {
        lock (_lock)
            _gaps.Add(gap.TotalMilliseconds);
    }

    /// <summary>What came since the last call, in milliseconds.</summary>
    public List<double> Take()
    {
        lock (_lock)
        {
            var taken = _gaps;
            _gaps = [];
            return taken;
        }
    }
}
