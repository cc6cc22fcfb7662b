using System.Net;
using System.Net.Sockets;

namespace Baichuan.Cli.Demo;

/// <summary>Ports that nobody listens on.</summary>
internal static class LoopbackPorts
{
    // Below the ports that systems give to outgoing connections: one of those would take a port between its choice and its use.
    private const int First = 20_000;
    private const int End = 30_000;

    /// <summary>Different ports that were free a moment ago, at random.</summary>
    public static int[] Find(int count) => [.. Enumerable.Range(First, End - First).Shuffle().Where(IsFree).Take(count)];

    private static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
