using System.Net;
using System.Net.Sockets;

namespace Baichuan.Cluster.Tests.Vitals;

/// <summary>A vital sign that can be told to keep still.</summary>
internal sealed class EchoPort : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _answered = new(0);
    private readonly Task _loop;

    public EchoPort()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Endpoint = _listener.LocalEndPoint!.ToString()!;
        _loop = AnswerAsync();
    }

    public string Endpoint { get; }

    public volatile bool IsSilent;

    /// <summary>When it has given that many answers more.</summary>
    public async Task AnswersAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await _answered.WaitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task AnswerAsync()
    {
        using var watcher = await _listener.AcceptAsync(_stop.Token);
        var said = new byte[16];
        while (await watcher.ReceiveAsync(said, SocketFlags.None, _stop.Token) is > 0 and var count)
        {
            if (IsSilent)
                continue;
            await watcher.SendAsync(said.AsMemory(0, count), SocketFlags.None, _stop.Token);
            _answered.Release();
        }
    }
}
