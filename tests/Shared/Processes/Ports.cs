using System.Net;
using System.Net.Sockets;

namespace Baichuan.Testing.Processes;

internal static class Ports
{
    /// <summary>A loopback port that nobody listens on now, and that no outgoing connection is given.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 30_000);
            using var probe = new TcpListener(IPAddress.Loopback, port);
            try
            {
                probe.Start();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one, then.
            }
        }
    }
}
