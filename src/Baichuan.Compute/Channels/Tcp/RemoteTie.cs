using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// A tie to a shard of another process: a data line, driven by the shard's own thread, and a watch line, on which nothing comes until the end. So a lost
/// peer is seen at once, also while no operation runs, and the data line needs no reader thread of its own: handing each frame from such a thread to the
/// shard's would cost three times the latency of a small all-reduce.
/// </summary>
internal sealed class RemoteTie(Lifeline life, int peer, Connection data, Connection watch) : ITie
{
    /// <summary>How long the end of the data line waits for the watch line to say why. The two end together: this is for a machine that is very busy.</summary>
    private static readonly TimeSpan FarewellGrace = TimeSpan.FromSeconds(2);

    private readonly ManualResetEventSlim _watchEnded = new();

    /// <summary>The peer's index in the replica.</summary>
    public int Peer => peer;

    public Connection Data => data;

    /// <summary>Begins to watch the peer.</summary>
    public void Start()
    {
        Quietly(() => KeepAlive(data.Socket));
        Quietly(() => KeepAlive(watch.Socket));
        _ = WatchAsync(); // ends with the watch line, and cannot fail
    }

    /// <summary>Reads the watch line to its end, which is the end of the epoch.</summary>
    private async Task WatchAsync()
    {
        var message = new byte[Farewell.Size];
        Fault? fault = null;
        try
        {
            var read = 0;
            for (var count = 1; read < message.Length && count > 0; read += count)
                count = await watch.ReceiveAsync(message.AsMemory(read));
            if (read == message.Length)
                fault = Farewell.Read(message, peer, life.Names);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Reset by the peer, or closed by ourselves: then the first fault is known already.
        }

        life.Break(fault ?? Lost);
        _watchEnded.Set();
    }

    /// <summary>Takes bytes that have come on the data line; 0 if there are none now.</summary>
    /// <exception cref="PeerException">The line has ended.</exception>
    public int Receive(Span<byte> into, in FrameTag operation)
    {
        try
        {
            var count = data.Receive(into, out var error);
            if (count > 0 || error == SocketError.WouldBlock)
                return count;
        }
        catch (ObjectDisposedException)
        {
            // Closed by ourselves, from another thread.
        }

        throw Ended(operation);
    }

    /// <summary>Sends what the data line takes now.</summary>
    /// <exception cref="PeerException">The line has ended.</exception>
    public int Send(ReadOnlySpan<byte> bytes, in FrameTag operation)
    {
        try
        {
            var count = data.Send(bytes, out var error);
            if (error is SocketError.Success or SocketError.WouldBlock)
                return count;
        }
        catch (ObjectDisposedException)
        {
            // As above.
        }

        throw Ended(operation);
    }

    /// <summary>The data line has ended: breaks the ties, for the reason that the watch line gives if it gives one soon.</summary>
    public void Lose()
    {
        if (life.Fault is null)
            _watchEnded.Wait(FarewellGrace);
        life.Break(Lost);
    }

    public void Break(Fault fault)
    {
        Quietly(() =>
        {
            var message = new byte[Farewell.Size];
            Farewell.Write(message, fault);
            watch.Send(message, out _);
        });
        Quietly(() => data.Socket.Shutdown(SocketShutdown.Both)); // wakes threads that are inside a call
        Quietly(() => watch.Socket.Shutdown(SocketShutdown.Send));
    }

    public void Dispose()
    {
        data.Dispose();
        watch.Dispose();
    }

    private Fault Lost => new(FaultKind.Lost, peer, $"{life.Names[peer]} was lost: its connection ended");

    private PeerException Ended(in FrameTag operation)
    {
        Lose();
        return life.Fail(Lost, operation);
    }

    /// <summary>Keeps idle connections known to firewalls on the way, and notices a machine that went away without a word.</summary>
    private static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 2);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }

    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer is gone already: nobody to tell, nothing to wake.
        }
    }
}
