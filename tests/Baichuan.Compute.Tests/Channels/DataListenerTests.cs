using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Baichuan.Compute.Channels;
using Baichuan.Compute.Channels.Tcp;
using CsCheck;

namespace Baichuan.Compute.Tests.Channels;

public sealed class DataListenerTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private static readonly HandshakeLimits Impatient = new()
    {
        Exchange = TimeSpan.FromMilliseconds(500),
        EarlyConnection = TimeSpan.FromMilliseconds(500),
        Pending = 4,
    };

    [Fact]
    public async Task Strangers_are_closed_and_the_listener_goes_on_serving()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0, Impatient);
        var order = FakePeer.Order(listener, Long);

        using (var garbage = FakePeer.Stranger(listener))
        {
            garbage.Send(RandomNumberGenerator.GetBytes(Greeting.Size));
            Assert.True(FakePeer.IsClosed(garbage));
        }

        using (var slow = FakePeer.Stranger(listener))
        {
            slow.Send(GreetingOf(order)[..^1]);
            Assert.True(FakePeer.IsClosed(slow));
        }

        using (var unexpected = FakePeer.Stranger(listener))
        {
            unexpected.Send(GreetingOf(order with { Epoch = 6 }));
            Assert.True(FakePeer.IsClosed(unexpected));
        }

        await AssertServesAsync(listener, order);
    }

    [Fact]
    public async Task Whatever_a_stranger_sends_it_is_closed_and_the_listener_goes_on_serving()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0, Impatient);
        var order = FakePeer.Order(listener, Long);
        var right = GreetingOf(order);
        Gen.Select(Gen.Byte.Array[0, 2_000], Gen.Int[0, right.Length], Gen.Int[0, right.Length - 1], Gen.Int[0, 255]).Sample(
            (bytes, kept, at, flip) =>
            {
                byte[] sent = [.. right[..kept], .. bytes];
                if (at < kept)
                    sent[at] ^= (byte)flip;
                using var stranger = FakePeer.Stranger(listener);
                stranger.Send(sent);
                stranger.Shutdown(SocketShutdown.Send);
                Assert.True(FakePeer.IsClosed(stranger));
            },
            iter: 60, threads: 1);
        await AssertServesAsync(listener, order);
    }

    [Fact]
    public async Task More_pending_handshakes_than_the_limit_are_closed_at_once()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0, Impatient with { Exchange = TimeSpan.FromSeconds(3) });
        Socket[] slow = [.. Enumerable.Range(0, Impatient.Pending).Select(_ => FakePeer.Stranger(listener))];

        using (var oneTooMany = FakePeer.Stranger(listener))
            Assert.True(FakePeer.IsClosed(oneTooMany));

        Assert.All(slow, socket => Assert.True(FakePeer.IsClosed(socket)));
        await AssertServesAsync(listener, FakePeer.Order(listener, Long));
    }

    [Fact]
    public async Task A_caller_that_attended_with_another_secret_is_refused_and_told_so()
    {
        using var first = new DataListener(IPAddress.Loopback, 0);
        using var second = new DataListener(IPAddress.Loopback, 0);
        var order = FakePeer.Order(second, Long) with { Endpoints = [first.Endpoint.ToString(), second.Endpoint.ToString()] };
        using var giveUp = new CancellationTokenSource();
        var answering = RemotePeers.ConnectAsync(second, order, giveUp.Token);

        var failure = await Assert.ThrowsAsync<PeerException>(
            () => RemotePeers.ConnectAsync(first, order with { ShardIndex = 0, Secret = new byte[32] }, CancellationToken.None));
        Assert.Contains("different secrets", failure.Message);
        Assert.Equal($"Stage 0 rank 1 at {second.Endpoint}", failure.Peer);

        // The shard that was called still waits, and the right caller is served.
        using var data = FakePeer.Call(second, order, Line.Data);
        using var watch = FakePeer.Call(second, order, Line.Watch);
        using var peers = await answering;
    }

    [Fact]
    public async Task An_impostor_that_cannot_prove_itself_gets_no_frames()
    {
        using var impostor = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        impostor.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        impostor.Listen();
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var order = FakePeer.Order(listener, Long) with { ShardIndex = 0, Endpoints = [listener.Endpoint.ToString(), impostor.LocalEndPoint!.ToString()!] };
        var connecting = RemotePeers.ConnectAsync(listener, order, CancellationToken.None);

        using var connection = new PlainConnection(impostor.Accept());
        var received = new byte[Greeting.Size];
        Assert.True(Deadline.After(Long).TryReceive(connection, received));
        connection.Socket.Send(RandomNumberGenerator.GetBytes(Greeting.NonceSize));
        Assert.True(Deadline.After(Long).TryReceive(connection, received.AsSpan(0, Proof.Size)));
        connection.Socket.Send(received.AsSpan(0, Proof.Size)); // the caller's own proof, sent back

        Assert.Contains("did not prove that it belongs", (await Assert.ThrowsAsync<PeerException>(() => connecting)).Message);
    }

    [Fact]
    public async Task A_connection_that_is_early_waits_until_its_epoch_is_announced()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var order = FakePeer.Order(listener, Long);
        var early = Task.Run(() => FakePeer.Call(listener, order, Line.Data));
        using (var probe = FakePeer.Stranger(listener))
        {
            // Accepted after the early caller's connection, or before it: either way the listener is at work when the order comes.
            probe.Send(RandomNumberGenerator.GetBytes(Greeting.Size));
            Assert.True(FakePeer.IsClosed(probe));
        }

        var connecting = RemotePeers.ConnectAsync(listener, order, CancellationToken.None);

        using var data = await early;
        using var watch = FakePeer.Call(listener, order, Line.Watch);
        using var peers = await connecting;
    }

    [Fact]
    public async Task A_second_connection_for_the_same_line_is_refused()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var order = FakePeer.Order(listener, Long);
        var connecting = RemotePeers.ConnectAsync(listener, order, CancellationToken.None);
        using var data = FakePeer.Call(listener, order, Line.Data);

        // The first line is taken an instant after its caller has seen the last proof; until then another caller may still be challenged.
        Assert.Contains(Enumerable.Range(0, 1_000), _ => IsRefused(listener, order));

        using var watch = FakePeer.Call(listener, order, Line.Watch);
        using var peers = await connecting;
    }

    [Fact]
    public async Task Peers_that_do_not_come_in_time_are_named()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var order = FakePeer.Order(listener, Long) with { ConnectTimeout = TimeSpan.FromMilliseconds(200) };

        var failure = await Assert.ThrowsAsync<PeerException>(() => RemotePeers.ConnectAsync(listener, order, CancellationToken.None));

        Assert.Equal("Stage 0 rank 0 at 127.0.0.1:1", failure.Peer);
    }

    [Fact]
    public async Task Connecting_can_be_cancelled()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        using var cancellation = new CancellationTokenSource();
        var connecting = RemotePeers.ConnectAsync(listener, FakePeer.Order(listener, Long), cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    [Fact]
    public async Task An_order_that_contradicts_itself_is_refused()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var order = FakePeer.Order(listener, Long);
        foreach (var wrong in new[]
        {
            order with { Endpoints = ["127.0.0.1:1"] },
            order with { Endpoints = ["somewhere", listener.Endpoint.ToString()] },
            order with { Endpoints = ["127.0.0.1:1", "127.0.0.1:2"] },
            order with { ShardIndex = 2 },
            order with { Secret = new byte[16] },
        })
            await Assert.ThrowsAsync<ArgumentException>(() => RemotePeers.ConnectAsync(listener, wrong, CancellationToken.None));
    }

    private static bool IsRefused(DataListener listener, PeerConnectOrder order)
    {
        using var caller = FakePeer.Stranger(listener);
        caller.Send(GreetingOf(order));
        return FakePeer.IsClosed(caller);
    }

    private static byte[] GreetingOf(PeerConnectOrder order)
    {
        var message = new byte[Greeting.Size];
        new Greeting(Line.Data, 0, 1, EpochKey.Of(order.ReplicaId, order.Epoch)).Write(message, RandomNumberGenerator.GetBytes(Greeting.NonceSize));
        return message;
    }

    private static async Task AssertServesAsync(DataListener listener, PeerConnectOrder order)
    {
        var (peer, ofShard1) = await FakePeer.TieAsync(listener, order);
        peer.Dispose();
        ofShard1.Dispose();
    }
}
