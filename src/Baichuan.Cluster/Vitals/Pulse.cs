using System.Net;
using System.Net.Sockets;

namespace Baichuan.Cluster.Vitals;

/// <summary>What one silo hears of another: a connection to its <see cref="VitalSign"/>, made again whenever it breaks, on which a byte goes there and comes back at every beat.</summary>
/// <param name="isOver">Asked at every beat from the one on at which the silence has lasted for <see cref="MostMissed"/>, with how many it has: whether there is nothing more to listen for.</param>
internal sealed class Pulse(IPEndPoint vital, TimeProvider time, Func<int, Task<bool>> isOver)
{
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>Beats without an answer after which a silo counts as stopped or cut off: 2.75 s, more than the two seconds that it may pause and what busy cores add. Beats, not time: whoever did not
    /// run himself has waited for one.</summary>
    public const int MostMissed = 11;

    // An answer that is under way, and one that a busy core holds up.
    private const int MostUnderWay = 2;

    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(20);

    private volatile Socket? _connection;
    private volatile bool _heard;
    private volatile bool _answers; // has done so: an older process does not
    private volatile int _missed;

    /// <summary>Whether it answers: null as long as it never has. Who is cut off hears nobody long before a silence counts.</summary>
    public bool? IsHeard => _answers ? _missed <= MostUnderWay : null;

    /// <summary>Listens until the process has ended (true), or there is nothing more to listen for, or this is cancelled.</summary>
    public async Task<bool> HasEndedAsync(CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var beats = BeatAsync(over.Token);
        var listening = ListenAsync(over.Token);
        await Task.WhenAny(beats, listening);
        await over.CancelAsync();
        await beats.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await listening;
    }

    private async Task<bool> ListenAsync(CancellationToken cancellation)
    {
        var answer = new byte[16];
        var reached = false;
        while (!cancellation.IsCancellationRequested)
        {
            using var socket = new Socket(vital.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(vital, cancellation);
                (reached, _connection) = (true, socket);
                while (await socket.ReceiveAsync(answer, SocketFlags.None, cancellation) > 0)
                    _heard = true;
            }
            catch (SocketException e) when (reached && e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                return true; // what was never reached may be behind a firewall
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Reset, cut off, or never reached: no proof of anything, but the next attempt may be.
            }

            _connection = null;
            await Task.Delay(RetryPeriod, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    private async Task BeatAsync(CancellationToken over)
    {
        using var timer = new PeriodicTimer(Beat, time);
        while (await timer.WaitForNextTickAsync(over))
        {
            if (_heard)
                (_heard, _answers, _missed) = (false, true, 0);
            else if (++_missed >= MostMissed && await isOver(_missed))
                return;
            try
            {
                if (_connection is { } there)
                    await there.SendAsync(new byte[1], SocketFlags.None, over);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The listener sees it, too.
            }
        }
    }
}
