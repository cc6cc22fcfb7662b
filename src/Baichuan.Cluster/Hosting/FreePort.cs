using System.Net;
using System.Net.Sockets;

namespace Baichuan.Cluster.Hosting;

/// <summary>
/// Finds ports that nobody listens on, for settings that leave the choice open. Some time passes between the choice and the use, in which others choose, too: a port is claimed by a locked file that other
/// processes of this kind and user see, and that the system lets go with this one. Thread-safe.
/// </summary>
internal static class FreePort
{
    // Below the ports that systems give to outgoing connections: one of those would take a port that is claimed.
    private const int First = 20_000;
    private const int End = 30_000;

    private static readonly List<FileStream> Claims = []; // as long as this process lives

    /// <summary>The port itself if it is set, else a free one, at random.</summary>
    /// <exception cref="SocketException">The address is not this machine's, or it has no free port.</exception>
    public static int Or(int port, IPAddress address)
    {
        if (port != 0)
            return port;
        var folder = ClaimsFolder();
        foreach (var free in Enumerable.Range(First, End - First).Shuffle())
        {
            if ((folder is null || TryClaim(folder, free)) && IsFree(free, address))
                return free;
        }

        throw new SocketException((int)SocketError.AddressAlreadyInUse);
    }

    /// <summary>Null: there is no place for files, and chance has to do.</summary>
    internal static string? ClaimsFolder()
    {
        try
        {
            return Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"baichuan-ports-{Environment.UserName}")).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool TryClaim(string folder, int port)
    {
        try
        {
            var claim = new FileStream(Path.Combine(folder, $"{port}"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            lock (Claims)
                Claims.Add(claim);
            return true;
        }
        catch (IOException)
        {
            return false; // another process has chosen it, or this one
        }
    }

    private static bool IsFree(int port, IPAddress address)
    {
        using var probe = new TcpListener(address, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
