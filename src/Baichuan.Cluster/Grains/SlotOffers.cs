using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Grains;

/// <summary>The slots that silos offer; an offer that is not repeated runs out.</summary>
internal sealed class SlotOffers(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, (SlotAdvertisement Offer, long Seen)> _offers = [];

    public void Put(SlotAdvertisement offer) => _offers[offer.Silo] = (offer, time.GetTimestamp());

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
}
