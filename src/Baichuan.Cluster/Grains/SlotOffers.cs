using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Grains;

/// <summary>The slots that silos offer; an offer that is not repeated runs out. Knows how long each has stood: a replica that could do without a silo's slots takes them only when they are settled.</summary>
internal sealed class SlotOffers(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);

    /// <summary>After this an offer is settled; after twice as long, each time that its silo failed once it was.</summary>
    public static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(5);

    private const int MostDoublings = 6;

    private readonly Dictionary<string, Standing> _offers = [];

    /// <summary>Takes an offer, unless one stands of a silo that started before and has a model of another shape: that one is right, however often the other comes back.</summary>
    public void Put(SlotAdvertisement offer)
    {
        if (Current().Any(other => other.Shape != offer.Shape && StartOf(other) < StartOf(offer)))
        {
            _offers.Remove(offer.Silo);
            return;
        }

        var now = time.GetTimestamp();
        _offers[offer.Silo] = _offers.GetValueOrDefault(offer.Silo) is { } there ? there with { Offer = offer, Seen = now } : new Standing(offer, now, now, 0);
    }

    public void Withdraw(string silo) => _offers.Remove(silo);

    /// <summary>A replica has seen the silo fail just now.</summary>
    public void Doubt(string silo)
    {
        if (_offers.GetValueOrDefault(silo) is { } there)
            _offers[silo] = there with { Since = time.GetTimestamp(), Failures = IsSettled(there) ? Math.Min(there.Failures + 1, MostDoublings) : there.Failures };
    }

    /// <summary>Offers that still stand, by silo.</summary>
    public IReadOnlyList<SlotAdvertisement> Current()
    {
        foreach (var (silo, standing) in _offers)
        {
            if (time.GetElapsedTime(standing.Seen) > Lifetime)
                _offers.Remove(silo);
        }

        return [.. _offers.Values.Select(standing => standing.Offer).OrderBy(offer => offer.Silo, StringComparer.Ordinal)];
    }

    private static int StartOf(SlotAdvertisement offer) => SiloAddress.FromParsableString(offer.Silo).Generation;

    /// <summary>Whether a silo computes, and there is one that does not: what came up before that one is better off there (<see cref="Placement.ControlPlacement"/>).</summary>
    public bool ComputesBesideControl(string silo)
    {
        var current = Current();
        return current.Any(offer => offer.Silo == silo && offer.Slots > 0) && current.Any(offer => offer.Slots == 0);
    }

    /// <summary>Whether a silo's offer has stood for long enough to be worth an epoch.</summary>
    public bool IsSettled(string silo) => _offers.GetValueOrDefault(silo) is { } there && IsSettled(there);

    private bool IsSettled(Standing standing) => time.GetElapsedTime(standing.Since) >= SettlingTime * (1 << standing.Failures);

    /// <param name="Since">When the offer was first made, or its silo last failed.</param>
    /// <param name="Failures">That came when it was settled.</param>
    private sealed record Standing(SlotAdvertisement Offer, long Seen, long Since, int Failures);
}
