namespace Baichuan.Compute.Channels;

/// <summary>
/// An event count: how one thread sleeps until others may have changed what it waits for. It notes <see cref="Rings"/>, looks, and sleeps only if nobody
/// has rung since; so no ring is lost, and ringing costs no lock while the thread is awake.
/// </summary>
internal sealed class Doorbell
{
    private readonly object _gate = new();
    private int _rings;
    private int _asleep;

    public int Rings => Volatile.Read(ref _rings);

    /// <summary>Any thread, after it has published what the sleeper waits for.</summary>
    public void Ring()
    {
        // The two full fences (here, and in Sleep) order "count, then look for a sleeper" against "say asleep, then look at the count".
        Interlocked.Increment(ref _rings);
        if (Volatile.Read(ref _asleep) == 0)
            return;
        lock (_gate)
            Monitor.Pulse(_gate);
    }

    /// <summary>The owning thread only: sleeps until the next ring after <paramref name="seen"/>, or the limit (under 24 days). May wake early.</summary>
    public void Sleep(int seen, TimeSpan limit)
    {
        lock (_gate)
        {
            Interlocked.Exchange(ref _asleep, 1);
            if (Rings == seen)
                Monitor.Wait(_gate, limit);
            Volatile.Write(ref _asleep, 0);
        }
    }
}
