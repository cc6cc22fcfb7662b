using System.Diagnostics;
using System.Net.Sockets;
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

    private static readonly long SpinTicks = SpinMicroseconds * Stopwatch.Frequency / 1_000_000;

    /// <summary>A minute: Select takes no more than 2^31 microseconds.</summary>
    private static readonly long LongestSleepTicks = 60 * Stopwatch.Frequency;

    private readonly List<ISocketWork> _socketWork = [];
    private readonly List<Socket> _reads = [];
    private readonly List<Socket> _writes = [];
    private ulong _epoch;
    private ulong _number;
    private long _deadline;
    private long _waited;
    private FrameTag _waitingFor;
    private long _pausedSince;
    private int _rings;

    public bool HasBegun => _deadline != 0;

    public TimeSpan Waited => Stopwatch.GetElapsedTime(0, _waited);

    public void Add(ISocketWork work) => _socketWork.Add(work);

    public void Begin(ulong epoch, ulong number)
    {
        (_epoch, _number) = (epoch, number);
        _deadline = Stopwatch.GetTimestamp() + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
        _waited = 0;
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
            throw life.Fail(new Fault(FaultKind.Silent, missing, $"{life.Names[missing]} was silent for longer than a step may take, {timeout.TotalSeconds} s"), _waitingFor);
        if (spin && now - _pausedSince < SpinTicks)
            Thread.SpinWait(SpinIterations);
        else
            Block(Stopwatch.GetElapsedTime(now, Math.Min(_deadline, now + LongestSleepTicks)));
        _rings = life.Bell.Rings;
    }

    public void EndWait()
    {
        if (_pausedSince != 0)
            _waited += Stopwatch.GetTimestamp() - _pausedSince;
    }

    /// <summary>Sleeps on the sockets while any has work under way: only this thread can do it, while what threads of this process do goes on by itself. A
    /// break shuts the sockets and rings the bell, so it ends both kinds of sleep.</summary>
    private void Block(TimeSpan limit)
    {
        _reads.Clear();
        _writes.Clear();
        foreach (var work in _socketWork)
            work.AddPending(_reads, _writes);
        if (_reads.Count + _writes.Count == 0)
        {
            life.Bell.Sleep(_rings, limit);
            return;
        }

        try
        {
            Socket.Select(_reads, _writes, null, limit);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            life.ThrowIfBroken(_waitingFor);
            throw;
        }
    }
}
