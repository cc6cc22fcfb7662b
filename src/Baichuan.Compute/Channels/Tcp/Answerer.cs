using System.Net.Sockets;
using System.Security.Cryptography;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// The listener's side of a handshake. Until the caller's proof holds, a connection gets nothing but a nonce, some stack and a bounded time; whatever is wrong
/// with it, it is closed without a word.
/// </summary>
internal sealed class Answerer(MeetingPoint meetings, HandshakeLimits limits)
{
    /// <summary>Hands the connection to the shard that waits for it, or closes it. Blocking.</summary>
    public void Answer(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            if (TryAnswer(socket))
                return;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Reset, too slow, or the listener was disposed.
        }

        socket.Dispose();
    }

    private bool TryAnswer(Socket socket)
    {
        Span<byte> greetingBytes = stackalloc byte[Greeting.Size];
        Span<byte> nonce = stackalloc byte[Greeting.NonceSize];
        Span<byte> proof = stackalloc byte[Proof.Size];

        if (!Deadline.After(limits.Exchange).TryReceive(socket, greetingBytes) || Greeting.Read(greetingBytes) is not { } greeting)
            return false;
        if (meetings.Await(greeting, limits.EarlyConnection) is not { } attendance)
            return false;

        var deadline = Deadline.After(limits.Exchange);
        RandomNumberGenerator.Fill(nonce);
        deadline.Send(socket, nonce);
        if (!deadline.TryReceive(socket, proof) || !Proof.Holds(proof, Proof.Role.Caller, attendance.Secret, greetingBytes, nonce))
            return false;
        Proof.Write(proof, Proof.Role.Answerer, attendance.Secret, greetingBytes, nonce);
        deadline.Send(socket, proof);
        return meetings.HandOver(attendance, greeting.From, greeting.Line, socket);
    }
}
