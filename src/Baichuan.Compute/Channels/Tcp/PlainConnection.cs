using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>A connection whose bytes are the socket's.</summary>
internal sealed class PlainConnection(Socket socket) : Connection(socket)
{
    public override int Receive(Span<byte> into, out SocketError error) => Socket.Receive(into, SocketFlags.None, out error);

    public override int Send(ReadOnlySpan<byte> bytes, out SocketError error) => Socket.Send(bytes, SocketFlags.None, out error);

    public override ValueTask<int> ReceiveAsync(Memory<byte> into) => Socket.ReceiveAsync(into, SocketFlags.None);
}
