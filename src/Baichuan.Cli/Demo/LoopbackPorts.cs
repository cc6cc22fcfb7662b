using System.Net;
using Baichuan.Cluster.Hosting;

namespace Baichuan.Cli.Demo;

/// <summary>Ports that nobody listens on.</summary>
internal static class LoopbackPorts
{
    /// <summary>Different ports.</summary>
    public static int[] Find(int count) => [.. Enumerable.Range(0, count).Select(_ => FreePort.Or(0, IPAddress.Loopback))];
}
