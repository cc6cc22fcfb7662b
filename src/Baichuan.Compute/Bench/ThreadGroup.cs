using System.Diagnostics;

namespace Baichuan.Compute.Bench;

/// <summary>Threads that do the same work and begin together.</summary>
internal static class ThreadGroup
{
    /// <param name="work">Gets the thread's number.</param>
    /// <returns>The time from the first beginning to the last end: starting the threads is not in it.</returns>
    public static TimeSpan Run(int threads, Action<int> work)
    {
        var (first, last) = (long.MaxValue, 0L);
        var gate = new Lock();
        using var begin = new Barrier(threads);
        var all = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            var number = i;
            all[i] = new Thread(() =>
            {
                begin.SignalAndWait();
                var started = Stopwatch.GetTimestamp();
                work(number);
                var ended = Stopwatch.GetTimestamp();
                lock (gate)
                    (first, last) = (Math.Min(first, started), Math.Max(last, ended));
            });
            all[i].Start();
        }

        foreach (var thread in all)
            thread.Join();
        return Stopwatch.GetElapsedTime(first, last);
    }
}
