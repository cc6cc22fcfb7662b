using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// Connects to the listener of another process and proves itself: greeting, challenge, own proof, the answerer's proof. Blocking, on a thread that may wait:
/// a socket that was never used asynchronously stays off the runtime's event loop, whose wake-ups would cost each frame later on.
/// </summary>
internal static class Caller
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>Tries until the peer answers, refuses the proof, or <paramref name="cancellation"/> ends it.</summary>
    /// <param name="peer">What errors call the peer.</param>
    /// <exception cref="PeerException">The peer refused the proof, or could not give its own; or what is there shows no certificate of the cluster.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or out of time.</exception>
    public static Connection Connect(
        IPEndPoint address, in Greeting greeting, ReadOnlySpan<byte> secret, string peer, HandshakeLimits limits, ChannelTls? tls, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using (cancellation.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket))
            {
                if (TryConnect(socket, address, greeting, secret, peer, limits, tls) is { } connection)
                    return connection;
            }

            socket.Dispose();
            cancellation.WaitHandle.WaitOne(RetryDelay);
        }
    }

    private static Connection? TryConnect(
        Socket socket, IPEndPoint address, in Greeting greeting, ReadOnlySpan<byte> secret, string peer, HandshakeLimits limits, ChannelTls? tls)
    {
        Connection? connection = null;
        try
        {
            socket.Connect(address);
            connection = tls is null ? new PlainConnection(socket) : TlsConnection.Call(socket, tls, Deadline.After(limits.Exchange));
            if (Shake(connection, greeting, secret, peer, limits))
                return connection;
        }
        catch (AuthenticationException e)
        {
            socket.Dispose();
            throw new PeerException(greeting.To, peer, $"What answers as {peer} shows no certificate of this cluster, or speaks no TLS: {e.Message}");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // Not listening yet, gone again, or cancelled.
        }
        catch (PeerException)
        {
            connection!.Dispose();
            throw;
        }

        connection?.Dispose();
        return null;
    }

    private static bool Shake(Connection connection, in Greeting greeting, ReadOnlySpan<byte> secret, string peer, HandshakeLimits limits)
    {
        Span<byte> greetingBytes = stackalloc byte[Greeting.Size];
        Span<byte> nonce = stackalloc byte[Greeting.NonceSize];
        Span<byte> proof = stackalloc byte[Proof.Size];

        RandomNumberGenerator.Fill(nonce);
        greeting.Write(greetingBytes, nonce);
        Deadline.After(limits.Exchange).Send(connection, greetingBytes);

        // The answer comes when the peer's process has been told of the epoch, or never.
        if (!Deadline.After(limits.EarlyConnection + limits.Exchange).TryReceive(connection, nonce))
            return false;

        var deadline = Deadline.After(limits.Exchange);
        Proof.Write(proof, Proof.Role.Caller, secret, greetingBytes, nonce);
        deadline.Send(connection, proof);
        if (!deadline.TryReceive(connection, proof))
            throw new PeerException(greeting.To, peer, $"{peer} refused the proof that this shard belongs to epoch {greeting.Epoch.Number}: the two were given different secrets");
        if (!Proof.Holds(proof, Proof.Role.Answerer, secret, greetingBytes, nonce))
            throw new PeerException(greeting.To, peer, $"What answers as {peer} did not prove that it belongs to epoch {greeting.Epoch.Number}");
        return true;
    }
}
