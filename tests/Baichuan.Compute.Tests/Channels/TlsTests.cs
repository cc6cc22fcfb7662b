using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Baichuan.Compute.Channels;
using Baichuan.Compute.Channels.Tcp;
using Baichuan.Testing.Certificates;
using CsCheck;

namespace Baichuan.Compute.Tests.Channels;

public sealed class TlsTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly TestAuthority _ours = new TestAuthority("ours").Issue("shard");
    private readonly TestAuthority _theirs = new TestAuthority("theirs").Issue("shard");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public async Task A_listener_with_a_certificate_of_another_authority_is_not_talked_to()
    {
        using var ours = new DataListener(IPAddress.Loopback, 0, TestTls.Of(_ours));
        using var theirs = new DataListener(IPAddress.Loopback, 0, TestTls.Of(_theirs));
        var order = FakePeer.Order(theirs, Long) with { ShardIndex = 0, Endpoints = [ours.Endpoint.ToString(), theirs.Endpoint.ToString()] };

        var failure = await Assert.ThrowsAsync<PeerException>(() => RemotePeers.ConnectAsync(ours, order, CancellationToken.None));

        Assert.Contains("no certificate of this cluster", failure.Message);
        Assert.Equal($"Stage 0 rank 1 at {theirs.Endpoint}", failure.Peer);
    }

    [Fact]
    public void A_caller_whose_certificate_is_of_another_authority_or_who_has_none_gets_no_word()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0, TestTls.Of(_ours));
        var foreign = TlsIdentity.Read(_theirs.CertificateFile, _theirs.KeyFile, _ours.AuthorityFile); // it takes us for its own
        Assert.Equal(0, BytesFrom(listener, foreign.AsClient((_, _, _, errors) => TlsIdentity.Accepts(errors))));
        Assert.Equal(0, BytesFrom(listener, new SslClientAuthenticationOptions { TargetHost = "x", RemoteCertificateValidationCallback = (_, _, _, _) => true }));
    }

    [Fact]
    public void Clear_text_gets_no_text_back()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0, TestTls.Of(_ours));
        using var stranger = FakePeer.Stranger(listener);
        stranger.Send(RandomNumberGenerator.GetBytes(4_000));
        Assert.True(FakePeer.IsClosed(stranger));
    }

    [Fact]
    public async Task Whatever_a_stranger_makes_of_a_greeting_the_listener_goes_on_serving()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0, new HandshakeLimits { Exchange = TimeSpan.FromMilliseconds(500) }, TestTls.Of(_ours));
        var greeting = Greeting();
        Gen.Select(Gen.Int[0, greeting.Length], Gen.Int[0, greeting.Length - 1], Gen.Int[1, 255], Gen.Byte.Array[0, 500]).Sample(
            (kept, at, flip, more) =>
            {
                byte[] sent = [.. greeting[..kept], .. more];
                if (at < kept)
                    sent[at] ^= (byte)flip;
                using var stranger = FakePeer.Stranger(listener);
                stranger.Send(sent);
                stranger.Shutdown(SocketShutdown.Send);
                while (!FakePeer.IsClosed(stranger))
                {
                    // What TLS says to a greeting that is one after all.
                }
            },
            iter: 200, threads: 1);

        using var other = new DataListener(IPAddress.Loopback, 0, TestTls.Of(_ours));
        var order = FakePeer.Order(listener, Long) with { Endpoints = [other.Endpoint.ToString(), listener.Endpoint.ToString()] };
        var both = await Task.WhenAll(
            RemotePeers.ConnectAsync(listener, order, CancellationToken.None), RemotePeers.ConnectAsync(other, order with { ShardIndex = 0 }, CancellationToken.None));
        foreach (var peers in both)
            peers.Dispose();
    }

    [Fact]
    public void Bytes_that_are_no_records_end_the_connection()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0, TestTls.Of(_ours));
        var identity = TlsIdentity.Read(_ours.CertificateFile, _ours.KeyFile, _ours.AuthorityFile);
        using var socket = FakePeer.Stranger(listener);
        using var tls = new SslStream(new NetworkStream(socket));
        tls.AuthenticateAsClient(identity.AsClient((_, _, _, errors) => TlsIdentity.Accepts(errors)));

        socket.Send(new byte[400]); // no records
        Assert.Equal(0, Received(tls));
    }

    /// <summary>The first that a client says.</summary>
    private static byte[] Greeting()
    {
        using var said = new MemoryStream();
        using var tls = new SslStream(said);
        Assert.ThrowsAny<Exception>(() => tls.AuthenticateAsClient("listener")); // nobody answers
        return said.ToArray();
    }

    /// <summary>What a caller reads after its side of the handshake: with TLS 1.3 it ends before the listener has looked at its certificate.</summary>
    private static int BytesFrom(DataListener listener, SslClientAuthenticationOptions options)
    {
        using var socket = FakePeer.Stranger(listener);
        using var tls = new SslStream(new NetworkStream(socket));
        tls.AuthenticateAsClient(options);
        return Received(tls);
    }

    private static int Received(SslStream tls)
    {
        try
        {
            return tls.Read(new byte[64]);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return 0;
        }
    }
}
