using System.Net;
using System.Net.Sockets;

namespace Baichuan.Cluster.Hosting;

/// <summary>Finds ports that nobody listens on, for settings that leave the choice open.</summary>
internal static class FreePort
{
    // Below the ports that systems give to outgoing connections: one of those would take a port between its choice and its use.
    private const int First = 20_000;
    private const int End = 30_000;

    /// <summary>The port itself if it is set, else a free one, at random. Another process may choose the same before it is used: whoever binds it last fails at start.</summary>
    /// <exception cref="SocketException">The address is not this machine's, or it has no free port.</exception>
    public static int Or(int port, IPAddress address)
    {
        if (port != 0)
            return port;
        foreach (var free in Enumerable.Range(First, End - First).Shuffle())
        {
            using var probe = new TcpListener(address, free);
            try
            {
                probe.Start();
                return free;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // Another one, then.
            }
        }

        throw new SocketException((int)SocketError.AddressAlreadyInUse);
    }
}
