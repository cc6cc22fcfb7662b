using System.Diagnostics;

namespace Baichuan.Benchmarks.ClusterOverhead;

/// <summary>Counts the tokens of some streams while all of them decode: from the last one's first token to the first one's end. Thread-safe.</summary>
internal sealed class DecodeWindow(int streams)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _begun;
    private int _tokens;
    private long _opened;
    private long _last;

    /// <summary>Completes when every stream has begun.</summary>
    public Task Open => _open.Task;

    /// <summary>Completes when the first stream has ended.</summary>
    public Task Closed => _closed.Task;

    public double TokensPerSecond => _tokens / Stopwatch.GetElapsedTime(_opened, _last).TotalSeconds;

    public void OnFirstToken()
    {
        lock (_lock)
        {
            if (++_begun < streams)
                return;
            _opened = Stopwatch.GetTimestamp();
        }

        _open.TrySetResult();
    }

    public void OnTokens(int count)
    {
        lock (_lock)
        {
            if (_opened == 0 || _closed.Task.IsCompleted)
                return;
            _tokens += count;
            _last = Stopwatch.GetTimestamp();
        }
    }

    public void OnEnd()
    {
        lock (_lock)
        {
            if (_last == 0)
                throw new InvalidOperationException($"A stream ended before all {streams} decoded: generate more tokens (--generate), or shorten the prompts (--prompt).");
            _closed.TrySetResult();
        }
    }
}
