using System.Runtime.ExceptionServices;

namespace Baichuan.Compute.Threads;

/// <summary>
/// Work over an index range that a <see cref="ComputePool"/> splits among threads. Made once by its owner and run again and again: a fork allocates
/// nothing. Parts run in any order and at the same time, so a part may write only what its indices own.
/// </summary>
public abstract class ComputeJob
{
    // A thread's share of what is left is cut into so many parts.
    private const int PartsPerThread = 2;

    private readonly object _gate = new();
    private int _next;
    private int _count;
    private int _grain;
    private int _threads;
    private int _helpers;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Does the part of the work that belongs to indices <paramref name="start"/> up to <paramref name="end"/>.</summary>
    protected internal abstract void RunPart(int start, int end);

    /// <summary>True while there are indices that nobody has taken. Read under the pool's lock.</summary>
    internal bool IsOpen => Volatile.Read(ref _next) < _count;

    internal int Helpers => Volatile.Read(ref _helpers);

    internal void Begin(int count, int grain, int threads)
    {
        _count = count;
        _grain = grain;
        _threads = threads;
        _failure = null;
        Volatile.Write(ref _next, 0);
    }

    /// <summary>
    /// Takes part after part until none is left: each a share of what is left, so that memory is read in long runs and yet all threads end together, also when
    /// one of them was held up (guided self-scheduling, Polychronopoulos and Kuck, 1987).
    /// </summary>
    internal void Work()
    {
        while (true)
        {
            var start = Volatile.Read(ref _next);
            if (start >= _count)
                return;
            var share = (_count - start) / (PartsPerThread * _threads);
            var end = Math.Min(_count, start + Math.Max(_grain, share - (share % _grain)));
            if (Interlocked.CompareExchange(ref _next, end, start) != start)
                continue;
            try
            {
                RunPart(start, end);
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
