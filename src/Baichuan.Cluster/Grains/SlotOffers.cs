using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Grains;

/// <summary>The slots that silos offer; an offer that is not repeated runs out.</summary>
internal sealed class SlotOffers(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, (SlotAdvertisement Offer, long Seen)> _offers = [];

    /// <summary>Takes an offer, unless one stands of a silo that started before and has a model of another shape: that one is right, however often the other comes back.</summary>
    public void Put(SlotAdvertisement offer)
    {
        if (Current().Any(other => other.Shape != offer.Shape && StartOf(other) < StartOf(offer)))
            _offers.Remove(offer.Silo);
        else
            _offers[offer.Silo] = (offer, time.GetTimestamp());
    }

    public void Withdraw(string silo) => _offers.Remove(silo);

    /// <summary>Offers that still stand, by silo.</summary>
    public IReadOnlyList<SlotAdvertisement> Current()
    {
        foreach (var (silo, (_, seen)) in _offers)
        {
            if (time.GetElapsedTime(seen) > Lifetime)
                _offers.Remove(silo);
        }

        return [.. _offers.Values.Select(entry => entry.Offer).OrderBy(offer => offer.Silo, StringComparer.Ordinal)];
    }

    private static int StartOf(SlotAdvertisement offer) => SiloAddress.FromParsableString(offer.Silo).Generation;
}
