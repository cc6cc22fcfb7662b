using System.Net;
using System.Net.Sockets;
using Baichuan.Compute.Channels.Tcp;

namespace Baichuan.Compute.Channels;

/// <summary>
/// Where a process takes data connections from the shards of others; one per process. A connection becomes part of a shard's peers only if it proves that
/// it belongs to the same epoch (see <see cref="PeerConnectOrder.Secret"/>); everything else is closed after a bounded time and at a bounded cost.
/// Disposing it stops new connections; peers that are tied already stay so.
/// </summary>
public sealed class DataListener : IDisposable
{
    private const int Backlog = 64;
    private const int HandshakeStackBytes = 512 << 10;

    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(20);

    private readonly Socket _socket;
    private readonly Answerer _answerer;
    private readonly HashSet<Socket> _pending = [];
    private bool _disposed; // guarded by _pending

    /// <param name="address">The address to listen on, and the only one.</param>
    /// <param name="port">0 for any free port.</param>
    /// <param name="tls">What connections are to prove beside; null: they are in the clear.</param>
    /// <exception cref="SocketException">The address is not this machine's, or the port is taken.</exception>
    public DataListener(IPAddress address, int port, ChannelTls? tls = null)
        : this(address, port, new HandshakeLimits(), tls)
    {
    }

    internal DataListener(IPAddress address, int port, HandshakeLimits limits, ChannelTls? tls = null)
    {
        (Limits, Tls) = (limits, tls);
        _answerer = new Answerer(Meetings, limits, tls);
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _socket.Bind(new IPEndPoint(address, port));
        _socket.Listen(Backlog);
        Endpoint = (IPEndPoint)_socket.LocalEndPoint!;
        new Thread(Accept) { IsBackground = true, Name = "Data listener" }.Start();
    }

    /// <summary>The address and the actual port.</summary>
    public IPEndPoint Endpoint { get; }

    internal MeetingPoint Meetings { get; } = new();

    internal HandshakeLimits Limits { get; }

    internal ChannelTls? Tls { get; }

    public void Dispose()
    {
        lock (_pending)
        {
            _disposed = true;
            foreach (var socket in _pending)
                socket.Dispose();
        }

        _socket.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            try
            {
                var socket = _socket.Accept();
                if (!TryBegin(socket))
                    socket.Dispose();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                if (IsDisposed)
                    return;
                Thread.Sleep(AcceptRetryDelay); // out of file handles, or the caller has gone again
            }
        }
    }

    private bool IsDisposed
    {
        get
        {
            lock (_pending)
                return _disposed;
        }
    }

    /// <summary>Answers on a thread of its own, off the thread pool: nobody from outside can keep the process's own work waiting.</summary>
    private bool TryBegin(Socket socket)
    {
        lock (_pending)
        {
            if (_disposed || _pending.Count == Limits.Pending)
                return false;
            _pending.Add(socket);
        }

        new Thread(() => Answer(socket), HandshakeStackBytes) { IsBackground = true, Name = "Data handshake" }.Start();
        return true;
    }

    private void Answer(Socket socket)
    {
        _answerer.Answer(socket);
        lock (_pending)
            _pending.Remove(socket);
    }
}
