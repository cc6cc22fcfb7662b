using System.Diagnostics;

namespace Baichuan.Compute.Threads;

/// <summary>
/// The compute threads of a process, shared by its executors. A caller's own thread takes part in what it forks, so a pool of one thread has no
/// threads of its own, and several shards that fork at once share the helpers. What a fork computes never depends on how it was split.
/// </summary>
public sealed class ComputePool : IDisposable
{
    // Forks of a step follow each other within microseconds; sleeping in between would cost more than the work.
    private static readonly long SpinTicks = Stopwatch.Frequency * 50 / 1_000_000;

    private readonly object _gate = new();
    private readonly List<ComputeJob> _open = [];
    private readonly Thread[] _helpers;
    private readonly CoreSet? _cores;
    private volatile int _openCount;
    private volatile int _callers;
    private int _sleeping;
    private bool _closed;

    /// <summary>Starts <paramref name="threads"/> - 1 helpers.</summary>
    /// <param name="threads">Threads that work on one fork, its caller included: the process's share of the cores.</param>
    /// <param name="cores">Which the helpers keep to; null: any.</param>
    public ComputePool(int threads, CoreSet? cores = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _cores = cores;
        _helpers = new Thread[threads - 1];
        for (var i = 0; i < _helpers.Length; i++)
        {
            _helpers[i] = new Thread(Help) { IsBackground = true, Name = $"compute {i + 1}" };
            _helpers[i].Start();
        }
    }

    /// <summary>Threads that work on one fork, its caller included.</summary>
    public int Threads => _helpers.Length + 1;

    /// <summary>Waits spin briefly before they block, unless callers and helpers are more than the cores: then spinning would take time from work.</summary>
    private bool MaySpin => _callers + _helpers.Length <= Environment.ProcessorCount;

    /// <summary>Runs a job over 0 .. <paramref name="count"/> - 1 in parts of <paramref name="grain"/> indices or more and returns when all are done.</summary>
    /// <exception cref="ObjectDisposedException">The pool is closed.</exception>
    /// <remarks>An exception of a part is thrown here; parts that nobody had taken by then do not run.</remarks>
    public void Run(ComputeJob job, int count, int grain)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grain, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)count + grain, int.MaxValue);
        if (count <= 0)
            return;
        if (_helpers.Length == 0 || count <= grain)
        {
            job.RunPart(0, count);
            return;
        }

        job.Begin(count, grain, Threads);
        Open(job);
        job.Work();
        Close(job);
        if (!MaySpin || !SpinUntilAlone(job))
            job.WaitForHelpers();
        job.ThrowIfFailed();
    }

    /// <summary>Ends the helpers. Nobody may be in <see cref="Run"/>.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var helper in _helpers)
            helper.Join();
    }

    /// <summary>A further thread will call <see cref="Run"/> from now on; known so that waits spin only where there are cores for it.</summary>
    internal void OnCallerAdded() => Interlocked.Increment(ref _callers);

    internal void OnCallerRemoved() => Interlocked.Decrement(ref _callers);

    private void Open(ComputeJob job)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _open.Add(job);
            _openCount++;
            if (_sleeping > 0)
                Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Nobody joins the job any more. The first that finds it finished closes it, so that idle helpers see at a glance that nothing is open.</summary>
    private void Close(ComputeJob job)
    {
        lock (_gate)
        {
            if (_open.Remove(job))
                _openCount--;
        }
    }

    private void Help()
    {
        _cores?.KeepThisThread();
        while (Next() is { } job)
        {
            job.Work();
            Close(job);
            job.OnHelperLeft();
        }
    }

    /// <summary>Joins the open job with the fewest helpers; null when the pool is closed.</summary>
    private ComputeJob? Next()
    {
        var spinUntil = MaySpin ? Stopwatch.GetTimestamp() + SpinTicks : 0;
        while (true)
        {
            while (_openCount == 0 && Stopwatch.GetTimestamp() < spinUntil)
                Thread.SpinWait(10);
            lock (_gate)
            {
                if (_closed)
                    return null;
                if (Pick() is { } job)
                {
                    job.OnHelperJoined();
                    return job;
                }

                if (Stopwatch.GetTimestamp() < spinUntil)
                    continue;
                _sleeping++;
                Monitor.Wait(_gate);
                _sleeping--;
                spinUntil = 0;
            }
        }
    }

    private ComputeJob? Pick()
    {
        ComputeJob? best = null;
        foreach (var job in _open)
        {
            if (job.IsOpen && (best is null || job.Helpers < best.Helpers))
                best = job;
        }

        return best;
    }

    private static bool SpinUntilAlone(ComputeJob job)
    {
        var until = Stopwatch.GetTimestamp() + SpinTicks;
        while (job.Helpers > 0)
        {
            if (Stopwatch.GetTimestamp() > until)
                return false;
            Thread.SpinWait(10);
        }

        return true;
    }
}
