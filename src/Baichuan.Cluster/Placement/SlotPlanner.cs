using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Placement;

/// <summary>Chooses a slot for every shard of a replica. Pure: the same offers give the same places.</summary>
public static class SlotPlanner
{
    /// <summary>Places <paramref name="tensorParallel"/> * <paramref name="pipelineParallel"/> shards: each where it was, if that slot is still offered
    /// and free, the others stage by stage on free slots in the order of the offers, so that the ranks of a stage stand close together. The coordinator's
    /// silo and the last stage come first: rank 0 of that stage answers, and every step waits for its answer.</summary>
    /// <param name="offers">Silos that may be used.</param>
    /// <param name="taken">Slots that other replicas hold.</param>
    /// <param name="previous">The replica's places in its last epoch, by shard index; empty if there was none.</param>
    /// <param name="coordinator">The silo of the replica's coordinator.</param>
    /// <param name="allow">Whether the replica may have a slot of a silo; null: any.</param>
    /// <returns>The places by shard index, or null when fewer slots are free than there are shards.</returns>
    public static IReadOnlyList<ShardPlace>? Place(
        int tensorParallel,
        int pipelineParallel,
        IReadOnlyCollection<SlotAdvertisement> offers,
        IReadOnlySet<(string Silo, int Slot)> taken,
        IReadOnlyList<ShardPlace> previous,
        string coordinator,
        Func<SlotAdvertisement, int, bool>? allow = null)
    {
        var shards = tensorParallel * pipelineParallel;
        var free = Free(offers, taken, allow)
            .OrderBy(place => place.Offer.Silo != coordinator)
            .ThenBy(place => place.Offer.Silo, StringComparer.Ordinal)
            .ThenBy(place => place.Slot)
            .ToList();
        if (free.Count < shards)
            return null;

        var chosen = new (SlotAdvertisement Offer, int Slot)?[shards];
        for (var shard = 0; shard < shards && shard < previous.Count; shard++)
        {
            var kept = free.FindIndex(place => place.Offer.Silo == previous[shard].Silo && place.Slot == previous[shard].Slot);
            if (kept < 0)
                continue;
            chosen[shard] = free[kept];
            free.RemoveAt(kept);
        }

        var next = 0;
        for (var i = 0; i < shards; i++)
            chosen[(i + shards - tensorParallel) % shards] ??= free[next++];
        return [.. chosen.Select((place, shard) => ToPlace(shard, tensorParallel, place!.Value))];
    }

    /// <summary>The slots of <paramref name="offers"/> that nobody has taken.</summary>
    public static IEnumerable<(SlotAdvertisement Offer, int Slot)> Free(
        IEnumerable<SlotAdvertisement> offers, IReadOnlySet<(string Silo, int Slot)> taken, Func<SlotAdvertisement, int, bool>? allow = null) => offers
        .SelectMany(offer => Enumerable.Range(0, offer.Slots).Select(slot => (Offer: offer, Slot: slot)))
        .Where(place => !taken.Contains((place.Offer.Silo, place.Slot)) && allow?.Invoke(place.Offer, place.Slot) != false);

    private static ShardPlace ToPlace(int shard, int tensorParallel, (SlotAdvertisement Offer, int Slot) place) => new()
    {
        Stage = shard / tensorParallel,
        Rank = shard % tensorParallel,
        Silo = place.Offer.Silo,
        Slot = place.Slot,
        DataEndpoint = place.Offer.DataEndpoint,
        ProcessId = place.Offer.ProcessId,
        KvCacheBytes = place.Offer.KvCacheBytes,
        KvCache = place.Offer.KvCache,
        KvCopies = place.Offer.KvCopies,
    };
}
