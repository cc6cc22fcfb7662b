using System.Runtime.ExceptionServices;

namespace Baichuan.Compute.Threads;

/// <summary>
/// Work over an index range that a <see cref="ComputePool"/> splits among threads. Made once by its owner and run again and again: a fork allocates
/// nothing. Parts run in any order and at the same time, so a part may write only what its indices own.
/// </summary>
public abstract class ComputeJob
{
    private readonly object _gate = new();
    private int _next;
    private int _count;
    private int _grain;
    private int _helpers;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Does the part of the work that belongs to indices <paramref name="start"/> up to <paramref name="end"/>.</summary>
    protected internal abstract void RunPart(int start, int end);

    /// <summary>True while there are indices that nobody has taken. Read under the pool's lock.</summary>
    internal bool IsOpen => Volatile.Read(ref _next) < _count;

    internal int Helpers => Volatile.Read(ref _helpers);

    internal void Begin(int count, int grain)
    {
        _count = count;
        _grain = grain;
        _failure = null;
        Volatile.Write(ref _next, 0);
    }

    /// <summary>Takes part after part until none is left.</summary>
    internal void Work()
    {
        while (true)
        {
            // Cannot overflow: every thread goes past the end once, and the pool checks that the count leaves room for that.
            var start = Interlocked.Add(ref _next, _grain) - _grain;
            if (start >= _count)
                return;
            try
            {
                RunPart(start, Math.Min(start + _grain, _count));
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
                Volatile.Write(ref _next, _count);
                return;
            }
        }
    }

    internal void OnHelperJoined() => Interlocked.Increment(ref _helpers);

    internal void OnHelperLeft()
    {
        if (Interlocked.Decrement(ref _helpers) > 0)
            return;
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    /// <summary>Blocks until no helper is left.</summary>
    internal void WaitForHelpers()
    {
        lock (_gate)
        {
            while (Helpers > 0)
                Monitor.Wait(_gate);
        }
    }

    internal void ThrowIfFailed() => _failure?.Throw();
}
