using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>How a shard's thread sleeps until one of its sockets has something for it to do. Used by that thread only.</summary>
internal sealed class SocketSleep
{
    private readonly List<ISocketWork> _work = [];
    private readonly List<Socket> _reads = [];
    private readonly List<Socket> _writes = [];

    public void Add(ISocketWork work) => _work.Add(work);

    /// <summary>Sleeps, unless no work is under way: then false. No longer than 2^31 microseconds, which is all that select takes. May wake early; a break of the ties shuts their sockets, which wakes it too.</summary>
    public bool TrySleep(TimeSpan limit)
    {
        _reads.Clear();
        _writes.Clear();
        foreach (var work in _work)
            work.AddPending(_reads, _writes);
        if (_reads.Count + _writes.Count == 0)
            return false;
        try
        {
            Socket.Select(_reads, _writes, null, limit);
        }
        catch (ObjectDisposedException)
        {
            // The peers were disposed, after the break that the next look will find.
        }

        return true;
    }
}
