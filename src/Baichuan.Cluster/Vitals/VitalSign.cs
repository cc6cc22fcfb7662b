using System.Net;
using System.Net.Sockets;
using Baichuan.Cluster.Hosting;
using Baichuan.Cluster.Slots;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Vitals;

/// <summary>
/// A port that is open as long as this process lives, and sends back every byte as long as it runs. The system ends its connections with the process, however that ends, and
/// then refuses new ones; it is closed by nobody else, so a refusal proves that the process is gone, and silence that it stands still or is cut off. Answers from a thread of its own: a full thread pool is not silence.
/// </summary>
internal sealed class VitalSign
{
    /// <summary>Connections that are held; more are closed at once.</summary>
    private const int MostWatchers = 1024;

    private readonly Socket _listener;

    /// <exception cref="SocketException">The address is not this machine's, or the port is taken.</exception>
    public VitalSign(IOptions<SlotOptions> options)
    {
        var address = Address.Parse("Slots:DataAddress", options.Value.DataAddress);
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, options.Value.VitalPort));
        _listener.Listen();
        Endpoint = _listener.LocalEndPoint!.ToString()!;
        new Thread(Answer) { IsBackground = true, Name = "vital sign" }.Start();
    }

    /// <summary>ip:port.</summary>
    public string Endpoint { get; }

    private void Answer()
    {
        var watchers = new HashSet<Socket>();
        var readable = new List<Socket>();
        while (true)
        {
            readable.Clear();
            readable.Add(_listener);
            readable.AddRange(watchers);
            Socket.Select(readable, null, null, Timeout.Infinite);
            foreach (var socket in readable)
            {
                if (socket == _listener)
                    Accept(watchers);
                else if (!TryEcho(socket))
                {
                    watchers.Remove(socket);
                    socket.Dispose();
                }
            }
        }
    }

    private void Accept(HashSet<Socket> watchers)
    {
        try
        {
            var watcher = _listener.Accept();
            watcher.Blocking = false;
            watcher.NoDelay = true;
            if (watchers.Count >= MostWatchers)
                watcher.Dispose();
            else
                watchers.Add(watcher);
        }
        catch (SocketException)
        {
            Thread.Sleep(20); // out of handles, or the caller has gone again
        }
    }

    // Who sends without reading loses the connection when its buffers are full.
    private static bool TryEcho(Socket watcher)
    {
        Span<byte> said = stackalloc byte[16];
        try
        {
            return watcher.Receive(said) is > 0 and var count && watcher.Send(said[..count]) == count;
        }
        catch (SocketException)
        {
            return false; // it went without a word
        }
    }
}
