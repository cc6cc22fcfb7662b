using Baichuan.Cluster.Abstractions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Sessions;

/// <summary>Asks after every stored session now and then. A grain forgets its session in time while it is active; those whose silo has gone are activated by this, forget
/// what has expired meanwhile, and watch the rest again.</summary>
internal sealed partial class SessionSweep(
    IStoredSessions stored, IGrainFactory grains, IOptions<SessionOptions> options, TimeProvider time, ILogger<SessionSweep> log) : BackgroundService
{
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var period = options.Value.IdleTimeout < LongestPeriod ? options.Value.IdleTimeout : LongestPeriod;
        using var timer = new PeriodicTimer(period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await SweepAsync(stoppingToken);
    }

    /// <summary>One round.</summary>
    internal async Task SweepAsync(CancellationToken stop)
    {
        var silent = 0;
        Exception? last = null;
        try
        {
            foreach (var key in await stored.ListAsync())
            {
                stop.ThrowIfCancellationRequested();
                try
                {
                    await grains.GetGrain<ISessionGrain>(key.ToString()).Get();
                }
                catch (Exception e)
                {
                    (silent, last) = (silent + 1, e);
                }
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            last = e;
        }

        if (last is not null)
            LogIncomplete(last, silent);
    }

    [LoggerMessage(LogLevel.Warning, "Not every stored session could be asked whether it has expired; {Silent} did not answer. They are asked again later.")]
    private partial void LogIncomplete(Exception exception, int silent);
}
