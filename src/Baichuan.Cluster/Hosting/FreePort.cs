using System.Net;
using System.Net.Sockets;

namespace Baichuan.Cluster.Hosting;

/// <summary>Finds ports that nobody listens on, for settings that leave the choice open.</summary>
public static class FreePort
{
    /// <summary>The port itself if it is set, else a free one. Another process may take it before it is used: whoever binds it then fails at start.</summary>
    public static int Or(int port, IPAddress address)
    {
        if (port != 0)
            return port;
        using var probe = new TcpListener(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
