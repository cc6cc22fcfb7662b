using System.Diagnostics;
using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>A point in time by which blocking socket calls return, however slowly the bytes drip.</summary>
internal readonly record struct Deadline(long Timestamp)
{
    public static Deadline After(TimeSpan time) => new(Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency));

    /// <summary>Never negative.</summary>
    public TimeSpan Remaining => Stopwatch.GetElapsedTime(Math.Min(Stopwatch.GetTimestamp(), Timestamp), Timestamp);

    public bool HasPassed => Remaining == TimeSpan.Zero;

    /// <summary>A blocking call of the socket returns by then.</summary>
    /// <exception cref="SocketException">The deadline has passed.</exception>
    public void Limit(Socket socket) => socket.ReceiveTimeout = socket.SendTimeout = RemainingMilliseconds();

    /// <summary>Fills <paramref name="message"/> from a blocking connection; false if it ended before.</summary>
    /// <exception cref="SocketException">The connection was reset, or the deadline passed (<see cref="SocketError.TimedOut"/>).</exception>
    public bool TryReceive(Connection connection, Span<byte> message)
    {
        for (var read = 0; read < message.Length;)
        {
            Limit(connection.Socket);
            var count = connection.Receive(message[read..], out var error);
            ThrowIf(error);
            if (count == 0)
                return false;
            read += count;
        }

        return true;
    }

    /// <summary>Sends a message that is smaller than any socket buffer.</summary>
    /// <exception cref="SocketException">As for <see cref="TryReceive"/>.</exception>
    public void Send(Connection connection, ReadOnlySpan<byte> message)
    {
        Limit(connection.Socket);
        connection.Send(message, out var error);
        ThrowIf(error);
    }

    private static void ThrowIf(SocketError error)
    {
        if (error != SocketError.Success)
            throw new SocketException((int)error);
    }

    private int RemainingMilliseconds()
    {
        var milliseconds = (int)Math.Ceiling(Remaining.TotalMilliseconds);
        return milliseconds > 0 ? milliseconds : throw new SocketException((int)SocketError.TimedOut); // 0 would mean for ever
    }
}
