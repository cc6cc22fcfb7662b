using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Hosting;
using Baichuan.Cluster.Vitals;
using Baichuan.Model;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Slots;

/// <summary>
/// Offers this silo's slots to the model's grain every quarter of a second, which is what a new activation of it waits for, once their checkpoint is checked, and takes them back when the silo
/// leaves: gateways then send its replica no new requests, and the silo stays until those that run here are done, for <see cref="SiloHostOptions.DrainTimeout"/> at the most; unless they go on at once
/// on other slots of their profile, and there is no other replica.
/// Learns by its offers which other silos there are. Where the checkpoint is not what its manifest states, or is of another model than the other silos', the process ends.
/// </summary>
internal sealed partial class SlotAdvertiser(
    SlotHost host,
    VitalSign vital,
    DeathWatch watch,
    OrderRehearsal rehearsal,
    IGrainFactory grains,
    ILocalSiloDetails silo,
    IOptions<DeploymentOptions> deployment,
    IOptions<SiloHostOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<SlotAdvertiser> logger) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    // Starting again is no use.
    private const int Refused = 2;

    // While the model's grain moves.
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan MostFarewell = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DrainPeriod = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await IsCheckedAsync(stoppingToken))
            return;
        var model = grains.GetGrain<IModelGrain>(deployment.Value.Model);
        var offer = new SlotAdvertisement
        {
            Silo = silo.SiloAddress.ToParsableString(),
            DataEndpoint = host.DataEndpoint,
            Slots = host.Slots,
            KvCacheBytes = host.KvCacheBytes,
            KvCache = host.KvCache,
            KvCopies = host.KvCopies,
            Shape = host.Shape,
            MemoryBytes = host.MemoryBytes,
            Weights = host.Weights,
            Profile = host.Profile,
            ProcessId = Environment.ProcessId,
            VitalEndpoint = vital.Endpoint,
            Name = options.Value.Name,
        };
        try
        {
            while (true)
            {
                var standing = await OfferAsync(model, offer);
                if (standing?.All(other => other.Silo != offer.Silo) == true)
                {
                    await EndAsync(
                        $"the silos that are there serve a model of another geometry or with another tokenizer as \"{deployment.Value.Model}\", so this one is no upgrade of it. Correct Deployment:ModelFolder; or give the model a name of its own (Deployment:Model).",
                        stoppingToken);
                    return;
                }

                await Task.Delay(standing is null ? RetryPeriod : Period, time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            if (await WithdrawAsync(model, offer.Silo))
                await DrainAsync();
        }
    }

    private async Task<bool> IsCheckedAsync(CancellationToken stoppingToken)
    {
        try
        {
            await host.Checked.WaitAsync(stoppingToken);
            return true;
        }
        catch (ModelFormatException e)
        {
            await EndAsync(e.Message, stoppingToken);
            return false;
        }
    }

    private async Task EndAsync(string reason, CancellationToken stoppingToken)
    {
        LogNotServed(reason);
        Environment.ExitCode = Refused;
        await StartedAsync(stoppingToken); // a host that is told to stop while it starts fails instead
        lifetime.StopApplication();
    }

    private async Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken);
    }

    /// <returns>The offers that stand; null: nobody answered.</returns>
    private async Task<IReadOnlyList<SlotAdvertisement>?> OfferAsync(IModelGrain model, SlotAdvertisement offer)
    {
        try
        {
            var standing = await model.Advertise(offer);
            watch.Watch(standing);
            rehearsal.Meet(standing);
            return standing;
        }
        catch (Exception e)
        {
            LogNotAdvertised(e.Message);
            return null;
        }
    }

    private async Task<bool> WithdrawAsync(IModelGrain model, string address)
    {
        try
        {
            return await model.Withdraw(address).WaitAsync(MostFarewell, time);
        }
        catch (Exception e)
        {
            LogNotAdvertised(e.Message); // the offer runs out by itself
            return false;
        }
    }

    // Gateways hear of it within a second and a half; until then they may still send requests here.
    private async Task DrainAsync()
    {
        var since = time.GetTimestamp();
        while (!host.IsQuiet(QuietTime) && time.GetElapsedTime(since) < options.Value.DrainTimeout)
            await Task.Delay(DrainPeriod, time);
        LogDrained(time.GetElapsedTime(since).TotalSeconds);
    }

    [LoggerMessage(LogLevel.Information, "This silo leaves; it waited {Seconds:F1} s for requests that ran on its slots")]
    private partial void LogDrained(double seconds);

    [LoggerMessage(LogLevel.Critical, "This silo cannot serve: {Reason}")]
    private partial void LogNotServed(string reason);

    [LoggerMessage(LogLevel.Warning, "The slots of this silo could not be advertised, trying again: {Reason}")]
    private partial void LogNotAdvertised(string reason);
}
