using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Hosting;
using Baichuan.Cluster.Vitals;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Slots;

/// <summary>Offers this silo's slots to the model's grain every second, and takes them back when the silo leaves. Learns by it which other silos there are.</summary>
internal sealed partial class SlotAdvertiser(
    SlotHost host,
    VitalSign vital,
    DeathWatch watch,
    IGrainFactory grains,
    ILocalSiloDetails silo,
    IOptions<DeploymentOptions> deployment,
    IOptions<SiloHostOptions> options,
    TimeProvider time,
    ILogger<SlotAdvertiser> logger) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var model = grains.GetGrain<IModelGrain>(deployment.Value.Model);
        var offer = new SlotAdvertisement
        {
            Silo = silo.SiloAddress.ToParsableString(),
            DataEndpoint = host.DataEndpoint,
            Slots = host.Slots,
            KvCacheBytes = host.KvCacheBytes,
            Profile = host.Profile,
            ProcessId = Environment.ProcessId,
            VitalEndpoint = vital.Endpoint,
            Name = options.Value.Name,
        };
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                await OfferAsync(model, offer);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            await WithdrawAsync(model, offer.Silo);
        }
    }

    private async Task OfferAsync(IModelGrain model, SlotAdvertisement offer)
    {
        try
        {
            watch.Watch(await model.Advertise(offer));
        }
        catch (Exception e)
        {
            LogNotAdvertised(e.Message);
        }
    }

    private async Task WithdrawAsync(IModelGrain model, string address)
    {
        try
        {
            await model.Withdraw(address).WaitAsync(Period, time);
        }
        catch (Exception e)
        {
            LogNotAdvertised(e.Message); // the offer runs out by itself
        }
    }

    [LoggerMessage(LogLevel.Warning, "The slots of this silo could not be advertised, trying again: {Reason}")]
    private partial void LogNotAdvertised(string reason);
}
