using System.Net;
using System.Net.Sockets;
using Baichuan.Cluster.Hosting;
using Baichuan.Cluster.Slots;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Vitals;

/// <summary>
/// A port that is open as long as this process lives. Others hold a connection to it, on which nothing is ever said: the system ends it with the process, however that ends, and
/// then refuses new ones. It is closed by nobody but the system, so a refusal proves that the process is gone.
/// </summary>
internal sealed class VitalSign
{
    /// <summary>Connections that are held; more are closed at once.</summary>
    private const int MostWatchers = 1024;

    private readonly Socket _listener;
    private readonly HashSet<Socket> _watchers = [];

    /// <exception cref="SocketException">The address is not this machine's, or the port is taken.</exception>
    public VitalSign(IOptions<SlotOptions> options)
    {
        var address = Address.Parse("Slots:DataAddress", options.Value.DataAddress);
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, options.Value.VitalPort));
        _listener.Listen();
        Endpoint = _listener.LocalEndPoint!.ToString()!;
        _ = AcceptAsync();
    }

    /// <summary>ip:port.</summary>
    public string Endpoint { get; }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var watcher = await _listener.AcceptAsync();
                lock (_watchers)
                {
                    if (_watchers.Count >= MostWatchers || !_watchers.Add(watcher))
                    {
                        watcher.Dispose();
                        continue;
                    }
                }

                _ = HoldAsync(watcher);
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20)); // out of handles, or the caller has gone again
            }
        }
    }

    private async Task HoldAsync(Socket watcher)
    {
        try
        {
            while (await watcher.ReceiveAsync(new byte[1], SocketFlags.None) > 0)
            {
                // Nothing is said here.
            }
        }
        catch (SocketException)
        {
            // It went without a word.
        }

        lock (_watchers)
            _watchers.Remove(watcher);
        watcher.Dispose();
    }
}
