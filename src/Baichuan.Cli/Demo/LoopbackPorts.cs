using System.Net;
using Baichuan.Cluster.Hosting;

namespace Baichuan.Cli.Demo;

/// <summary>Ports that nobody listens on.</summary>
internal static class LoopbackPorts
{
    /// <summary>Different ports that were free a moment ago.</summary>
    public static int[] Find(int count)
    {
        var ports = new HashSet<int>();
        while (ports.Count < count)
            ports.Add(FreePort.Or(0, IPAddress.Loopback));
        return [.. ports];
    }
}
