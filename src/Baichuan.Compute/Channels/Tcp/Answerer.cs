using System.Net.Sockets;
using System.Security.Cryptography;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// The listener's side of a handshake. Until the caller's proof holds, a connection gets nothing but a nonce, some stack and a bounded time; whatever is wrong
/// with it, it is closed without a word.
/// </summary>
internal sealed class Answerer(MeetingPoint meetings, HandshakeLimits limits, ChannelTls? tls)
{
    /// <summary>Hands the connection to the shard that waits for it, or closes it. Blocking.</summary>
    public void Answer(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            var connection = tls is null ? new PlainConnection(socket) : (Connection)TlsConnection.Answer(socket, tls, Deadline.After(limits.Exchange));
            if (TryAnswer(connection))
                return;
            connection.Dispose();
        }
        catch (Exception)
        {
            // Reset, too slow, nobody of the cluster, or the listener was disposed. And whatever else a stranger's bytes do to a handshake: it costs the stranger its connection.
        }

        socket.Dispose();
    }

    private bool TryAnswer(Connection connection)
    {
        Span<byte> greetingBytes = stackalloc byte[Greeting.Size];
        Span<byte> nonce = stackalloc byte[Greeting.NonceSize];
        Span<byte> proof = stackalloc byte[Proof.Size];

        if (!Deadline.After(limits.Exchange).TryReceive(connection, greetingBytes) || Greeting.Read(greetingBytes) is not { } greeting)
            return false;
        if (meetings.Await(greeting, limits.EarlyConnection) is not { } attendance)
            return false;

        var deadline = Deadline.After(limits.Exchange);
        RandomNumberGenerator.Fill(nonce);
        deadline.Send(connection, nonce);
        if (!deadline.TryReceive(connection, proof) || !Proof.Holds(proof, Proof.Role.Caller, attendance.Secret, greetingBytes, nonce))
            return false;
        Proof.Write(proof, Proof.Role.Answerer, attendance.Secret, greetingBytes, nonce);
        deadline.Send(connection, proof);
        return meetings.HandOver(attendance, greeting.From, greeting.Line, connection);
    }
}
