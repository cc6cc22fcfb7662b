using System.Net;
using System.Net.Sockets;

namespace Baichuan.Cli.Demo;

/// <summary>Ports that nobody listens on.</summary>
internal static class LoopbackPorts
{
    /// <summary>Different ports that were free a moment ago.</summary>
    public static int[] Find(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            foreach (var listener in listeners)
                listener.Start();
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners)
                listener.Dispose();
        }
    }
}
