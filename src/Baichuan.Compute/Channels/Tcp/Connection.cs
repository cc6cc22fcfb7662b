using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// One of a tie's connections, in the clear or under TLS. Its calls are those of its socket: where that does not block, they take and give what there is now. One thread receives
/// and one sends; <see cref="Dispose"/> and the socket's shutdown are any thread's.
/// </summary>
internal abstract class Connection(Socket socket) : IDisposable
{
    /// <summary>To wait for, to shut down, and to set options of; not for bytes.</summary>
    public Socket Socket => socket;

    /// <summary>Takes bytes that have come. 0 without an error: the connection has ended.</summary>
    public abstract int Receive(Span<byte> into, out SocketError error);

    /// <summary>How many of the bytes are gone, to the system at least. A caller that goes on after less begins with the first of the rest.</summary>
    public abstract int Send(ReadOnlySpan<byte> bytes, out SocketError error);

    /// <summary>Waits for bytes off the thread; 0: the connection has ended.</summary>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> into);

    public virtual void Dispose() => socket.Dispose();
}
