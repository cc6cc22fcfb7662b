using System.Diagnostics;
using Baichuan.Compute.Channels.Tcp;

namespace Baichuan.Compute.Channels;

/// <summary>
/// The step that a shard is in: its numbers, its deadline, and how the shard's thread waits inside an operation. It looks, pauses, looks again, until the
/// deadline passes or the ties break. A pause spins for the first tens of microseconds where the caller said that there is a core for every compute
/// thread, then blocks.
/// <code>
/// step.BeginWait(tag);
/// while (!EverythingIsThere(out var missing))
///     step.Pause(missing);
/// step.EndWait();
/// </code>
/// </summary>
internal sealed class ShardStep(Lifeline life, TimeSpan timeout, bool spin)
{
    private const int SpinMicroseconds = 50;

    /// <summary>Looks are this far apart while spinning: often enough not to add to a latency, rarely enough to leave the cache line to its writer.</summary>
    private const int SpinIterations = 8;

    /// <summary>What no wait takes at once: neither select nor a monitor waits for ever in one go.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private static readonly long SpinTicks = SpinMicroseconds * Stopwatch.Frequency / 1_000_000;

    private ulong _epoch;
    private ulong _number;
    private long _deadline;
    private long _waited;
    private FrameTag _waitingFor;
    private long _pausedSince;
    private int _rings;

    public TimeSpan Timeout { get; set; } = timeout;

    public bool HasBegun => _deadline != 0;

    public TimeSpan Waited => Stopwatch.GetElapsedTime(0, _waited);

    /// <summary>What only this thread can move on; empty in a replica of one process.</summary>
    public SocketSleep Sockets { get; } = new();

    public void Begin(ulong epoch, ulong number)
    {
        (_epoch, _number) = (epoch, number);
        _deadline = Stopwatch.GetTimestamp() + (long)(Timeout.TotalSeconds * Stopwatch.Frequency);
        _waited = 0;
    }

    /// <summary>Begins to wait for a step's order, which comes when there is something to do.</summary>
    public void BeginIdle(ulong epoch, ulong number)
    {
        Begin(epoch, number);
        _deadline = long.MaxValue;
    }

    public FrameTag Tag(FrameKind kind, int operation, int values) => new(kind, _epoch, _number, operation, values);

    public void BeginWait(in FrameTag tag)
    {
        _waitingFor = tag;
        _pausedSince = 0;
        _rings = life.Bell.Rings;
    }

    /// <summary>Lets time pass until there may be something new to see.</summary>
    /// <param name="missing">The shard that is waited for: the one to blame at the deadline.</param>
    /// <exception cref="PeerException">The ties are broken, or the deadline has passed.</exception>
    public void Pause(int missing)
    {
        life.ThrowIfBroken(_waitingFor);
        var now = Stopwatch.GetTimestamp();
        if (_pausedSince == 0)
            _pausedSince = now;
        if (now >= _deadline)
            throw life.Fail(new Fault(FaultKind.Silent, missing, $"{life.Names[missing]} was silent for longer than a step may take, {Timeout.TotalSeconds:F1} s"), _waitingFor);
        if (spin && now - _pausedSince < SpinTicks)
            Thread.SpinWait(SpinIterations);
        else
            Sleep(Stopwatch.GetElapsedTime(now, _deadline) is var rest && rest < LongestSleep ? rest : LongestSleep);
        _rings = life.Bell.Rings;
    }

    public void EndWait()
    {
        if (_pausedSince != 0)
            _waited += Stopwatch.GetTimestamp() - _pausedSince;
    }

    /// <summary>Sockets first: what the threads of this process have to do goes on without this one.</summary>
    private void Sleep(TimeSpan limit)
    {
        if (!Sockets.TrySleep(limit))
            life.Bell.Sleep(_rings, limit);
    }
}
