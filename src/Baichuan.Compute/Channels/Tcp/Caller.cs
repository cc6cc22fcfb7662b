using System.Net;
using System.Net.Sockets;
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
    /// <exception cref="PeerException">The peer refused the proof, or could not give its own.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or out of time.</exception>
    public static Socket Connect(IPEndPoint address, in Greeting greeting, ReadOnlySpan<byte> secret, string peer, HandshakeLimits limits, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using (cancellation.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket))
            {
                if (TryConnect(socket, address, greeting, secret, peer, limits))
                    return socket;
            }

            socket.Dispose();
            cancellation.WaitHandle.WaitOne(RetryDelay);
        }
    }

    private static bool TryConnect(Socket socket, IPEndPoint address, in Greeting greeting, ReadOnlySpan<byte> secret, string peer, HandshakeLimits limits)
    {
        try
        {
            socket.Connect(address);
            return Shake(socket, greeting, secret, peer, limits);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false; // Not listening yet, gone again, or cancelled.
        }
        catch (PeerException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool Shake(Socket socket, in Greeting greeting, ReadOnlySpan<byte> secret, string peer, HandshakeLimits limits)
    {
        Span<byte> greetingBytes = stackalloc byte[Greeting.Size];
        Span<byte> nonce = stackalloc byte[Greeting.NonceSize];
        Span<byte> proof = stackalloc byte[Proof.Size];

        RandomNumberGenerator.Fill(nonce);
        greeting.Write(greetingBytes, nonce);
        Deadline.After(limits.Exchange).Send(socket, greetingBytes);

        // The answer comes when the peer's process has been told of the epoch, or never.
        if (!Deadline.After(limits.EarlyConnection + limits.Exchange).TryReceive(socket, nonce))
            return false;

        var deadline = Deadline.After(limits.Exchange);
        Proof.Write(proof, Proof.Role.Caller, secret, greetingBytes, nonce);
        deadline.Send(socket, proof);
        if (!deadline.TryReceive(socket, proof))
            throw new PeerException(greeting.To, peer, $"{peer} refused the proof that this shard belongs to epoch {greeting.Epoch.Number}: the two were given different secrets");
        if (!Proof.Holds(proof, Proof.Role.Answerer, secret, greetingBytes, nonce))
            throw new PeerException(greeting.To, peer, $"What answers as {peer} did not prove that it belongs to epoch {greeting.Epoch.Number}");
        return true;
    }
}
