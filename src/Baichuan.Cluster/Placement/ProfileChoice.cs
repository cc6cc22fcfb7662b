using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Placement;

/// <summary>Which profile a replica's next epoch is to have, where silos of several offer slots, as they do while they are upgraded. Pure.</summary>
public static class ProfileChoice
{
    /// <summary>The profiles that the replica may have, the best first; the first of which enough slots are free is taken. What streams need is all there is; else it stays what it was, and if it
    /// cannot, it goes with the silo that started last: that is the way an upgrade goes, and a rollback.</summary>
    /// <param name="offers">Silos that may be used, under their addresses in Orleans.</param>
    /// <param name="needed">The profile that streams have begun on; empty: none has.</param>
    /// <param name="last">The profile of the replica's last epoch; empty: there was none.</param>
    public static IReadOnlyList<string> Order(IEnumerable<SlotAdvertisement> offers, string needed, string last) => needed.Length > 0 ? [needed] :
    [
        .. offers
            .GroupBy(offer => offer.Profile, offer => SiloAddress.FromParsableString(offer.Silo).Generation)
            .OrderBy(profile => profile.Key != last)
            .ThenByDescending(profile => profile.Max())
            .ThenBy(profile => profile.Key, StringComparer.Ordinal)
            .Select(profile => profile.Key),
    ];
}
