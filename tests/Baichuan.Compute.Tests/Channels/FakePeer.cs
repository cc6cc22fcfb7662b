using System.Net.Sockets;
using System.Security.Cryptography;
using Baichuan.Compute.Channels;
using Baichuan.Compute.Channels.Tcp;

namespace Baichuan.Compute.Tests.Channels;

/// <summary>A shard 0 that knows the secret and proves itself, but then does what the test says with its bare connections to shard 1.</summary>
internal sealed class FakePeer : IDisposable
{
    private readonly Connection _data;
    private readonly Connection _watch;

    private FakePeer(Connection data, Connection watch) => (_data, _watch) = (data, watch);

    public Socket Data => _data.Socket;

    public Socket Watch => _watch.Socket;

    /// <summary>What shards 0 and 1 of a stage of two are told; shard 1 lives at the listener.</summary>
    public static PeerConnectOrder Order(DataListener listener, TimeSpan stepTimeout) => new()
    {
        ReplicaId = "replica-1",
        Epoch = 5,
        Secret = RandomNumberGenerator.GetBytes(32),
        ShardIndex = 1,
        TensorParallel = 2,
        PipelineParallel = 1,
        Endpoints = ["127.0.0.1:1", listener.Endpoint.ToString()],
        StepTimeout = stepTimeout,
        ConnectTimeout = TimeSpan.FromSeconds(20),
    };

    /// <summary>Ties itself to a real shard 1.</summary>
    public static async Task<(FakePeer Peer, ShardPeers OfShard1)> TieAsync(DataListener listener, PeerConnectOrder order)
    {
        var connecting = RemotePeers.ConnectAsync(listener, order, CancellationToken.None);
        var peer = new FakePeer(Call(listener, order, Line.Data), Call(listener, order, Line.Watch));
        return (peer, await connecting);
    }

    public static Connection Call(DataListener listener, PeerConnectOrder order, Line line) => Caller.Connect(
        listener.Endpoint,
        new Greeting(line, 0, 1, EpochKey.Of(order.ReplicaId, order.Epoch)),
        order.Secret,
        "Shard 1",
        new HandshakeLimits(),
        null,
        CancellationToken.None);

    /// <summary>A connection that has proved nothing.</summary>
    public static Socket Stranger(DataListener listener)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        socket.Connect(listener.Endpoint);
        return socket;
    }

    /// <summary>Waits until the other side closes the connection, which may be with a reset.</summary>
    public static bool IsClosed(Socket socket)
    {
        try
        {
            return socket.Receive(new byte[1]) == 0;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    public void Dispose()
    {
        _data.Dispose();
        _watch.Dispose();
    }
}
