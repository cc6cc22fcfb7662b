using System.Net;
using Baichuan.Cluster.Abstractions.Topology;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Baichuan.Cluster.Vitals;

/// <summary>
/// Sees within milliseconds that another silo's process has ended, and within three seconds that it is stopped or cut off, and tells membership, which by itself takes up to twelve. An end must be certain: the
/// connection to its <see cref="VitalSign"/> ended and the system there refuses a new one. Silence counts only for who hears most of the silos, itself included: one that is cut off declares nobody dead.
/// </summary>
internal sealed partial class DeathWatch(IClusterMembershipService membership, ILocalSiloDetails self, TimeProvider time, ILogger<DeathWatch> logger) : BackgroundService
{
    private readonly Dictionary<string, (Pulse Pulse, Task Watch)> _watches = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Silos that are listened to.</summary>
    internal int Watched
    {
        get
        {
            lock (_watches)
                return _watches.Values.Count(entry => !entry.Watch.IsCompleted);
        }
    }

    /// <summary>Watches every silo that offers slots, but for those that membership knows to be dead: what they offered stands for a while. Any thread.</summary>
    public void Watch(IReadOnlyList<SlotAdvertisement> silos)
    {
        lock (_watches)
        {
            foreach (var (silo, _) in _watches.Where(entry => entry.Value.Watch.IsCompleted).ToList())
                _watches.Remove(silo);
            foreach (var silo in silos)
            {
                var address = SiloAddress.FromParsableString(silo.Silo);
                if (silo.VitalEndpoint.Length > 0 && !address.Equals(self.SiloAddress) && !IsGone(address) && !_stopping.IsCancellationRequested && !_watches.ContainsKey(silo.Silo))
                    _watches[silo.Silo] = Begin(address, IPEndPoint.Parse(silo.VitalEndpoint));
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopping.CancelAsync();
        Task[] all;
        lock (_watches)
            all = [.. _watches.Values.Select(entry => entry.Watch)];
        await Task.WhenAll(all);
    }

    private (Pulse Pulse, Task Watch) Begin(SiloAddress silo, IPEndPoint vital)
    {
        Pulse pulse = null!;
        pulse = new Pulse(vital, time, missed => IsDeadBySilenceAsync(silo, pulse, missed));
        return (pulse, WatchAsync(silo, pulse));
    }

    private async Task WatchAsync(SiloAddress silo, Pulse pulse)
    {
        await Task.Yield();
        if (await pulse.HasEndedAsync(_stopping.Token) && !IsGone(silo) && await TryDeclareDeadAsync(silo))
            LogEnded(silo);
    }

    private async Task<bool> IsDeadBySilenceAsync(SiloAddress silo, Pulse pulse, int missed)
    {
        if (IsGone(silo))
            return true;
        if (pulse.IsHeard is null)
            return false; // what was never reached may be behind a firewall
        int silent, heard;
        lock (_watches)
        {
            silent = _watches.Values.Count(entry => !entry.Watch.IsCompleted && entry.Pulse.IsHeard == false);
            heard = 1 + _watches.Values.Count(entry => !entry.Watch.IsCompleted && entry.Pulse.IsHeard == true);
        }

        if (heard <= silent)
        {
            if (missed % Pulse.MostMissed == 0)
                LogCutOff(silo, heard, silent);
            return false;
        }

        if (!await TryDeclareDeadAsync(silo))
            return false;
        LogSilent(silo);
        return true;
    }

    private bool IsGone(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo).IsTerminating();

    private async Task<bool> TryDeclareDeadAsync(SiloAddress silo)
    {
        try
        {
            return await membership.TryKill(silo);
        }
        catch (Exception e)
        {
            LogNotDeclared(silo, e.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The process of silo {Silo} has ended; membership knows")]
    private partial void LogEnded(SiloAddress silo);

    [LoggerMessage(LogLevel.Warning, "Silo {Silo} is silent: it is stopped or cut off; membership knows")]
    private partial void LogSilent(SiloAddress silo);

    [LoggerMessage(LogLevel.Warning, "Silo {Silo} is silent, and so are others: {Heard} are heard, this one included, {Silent} are not. This silo may be the one that is cut off; it declares nobody dead")]
    private partial void LogCutOff(SiloAddress silo, int heard, int silent);

    [LoggerMessage(LogLevel.Warning, "Silo {Silo} is dead, and membership could not be told: {Reason}")]
    private partial void LogNotDeclared(SiloAddress silo, string reason);
}
