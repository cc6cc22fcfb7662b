using System.Net;
using Baichuan.Cluster.Hosting;

namespace Baichuan.Testing.Processes;

internal static class Ports
{
    /// <summary>A loopback port that nobody listens on now.</summary>
    public static int Free() => FreePort.Or(0, IPAddress.Loopback);
}
