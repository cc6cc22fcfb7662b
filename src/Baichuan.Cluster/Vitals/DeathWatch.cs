using System.Net;
using System.Net.Sockets;
using Baichuan.Cluster.Abstractions.Topology;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Baichuan.Cluster.Vitals;

/// <summary>
/// Sees within milliseconds that another silo's process has ended, and tells membership, which by itself would take seconds. Only what is certain counts: the connection
/// to its <see cref="VitalSign"/> ended and the system there refuses a new one; what was never reached may be behind a firewall. A silo that is slow, stopped or cut off is never declared dead here.
/// </summary>
internal sealed partial class DeathWatch(IClusterMembershipService membership, ILocalSiloDetails self, TimeProvider time, ILogger<DeathWatch> logger) : BackgroundService
{
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, Task> _watches = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Watches every silo that offers slots. Any thread.</summary>
    public void Watch(IReadOnlyList<SlotAdvertisement> silos)
    {
        lock (_watches)
        {
            foreach (var silo in silos)
            {
                if (silo.VitalEndpoint.Length == 0 || silo.Silo == self.SiloAddress.ToParsableString() || _stopping.IsCancellationRequested)
                    continue;
                if (!_watches.TryGetValue(silo.Silo, out var watch) || watch.IsCompleted)
                    _watches[silo.Silo] = WatchAsync(SiloAddress.FromParsableString(silo.Silo), IPEndPoint.Parse(silo.VitalEndpoint), _stopping.Token);
            }

            foreach (var (silo, _) in _watches.Where(watch => watch.Value.IsCompleted).ToList())
                _watches.Remove(silo);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopping.CancelAsync();
        Task[] all;
        lock (_watches)
            all = [.. _watches.Values];
        await Task.WhenAll(all);
    }

    private async Task WatchAsync(SiloAddress silo, IPEndPoint vital, CancellationToken cancellation)
    {
        await Task.Yield();
        var reached = false;
        while (!cancellation.IsCancellationRequested && !membership.CurrentSnapshot.GetSiloStatus(silo).IsTerminating())
        {
            using var socket = new Socket(vital.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(vital, cancellation);
                reached = true;
                await socket.ReceiveAsync(new byte[1], SocketFlags.None, cancellation);
            }
            catch (SocketException e) when (reached && e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                await DeclareDeadAsync(silo);
                return;
            }
            catch (SocketException)
            {
                // Reset, cut off, or never reached: no proof of anything, but the next attempt may be.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(RetryPeriod, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DeclareDeadAsync(SiloAddress silo)
    {
        try
        {
            if (await membership.TryKill(silo))
                LogDead(silo);
        }
        catch (Exception e)
        {
            LogNotDeclared(silo, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The process of silo {Silo} has ended; membership knows")]
    private partial void LogDead(SiloAddress silo);

    [LoggerMessage(LogLevel.Warning, "The process of silo {Silo} has ended, and membership could not be told: {Reason}")]
    private partial void LogNotDeclared(SiloAddress silo, string reason);
}
