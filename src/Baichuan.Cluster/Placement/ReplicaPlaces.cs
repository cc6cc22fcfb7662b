using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Model;

namespace Baichuan.Cluster.Placement;

/// <summary>
/// Where the replicas of a model stand, and where the next epoch of one may: at home, or elsewhere where that is better than not serving; cut as deployed, or over the slots that are left to it.
/// Its callers take turns.
/// </summary>
internal sealed class ReplicaPlaces(ModelConfig config, DeploymentOptions deployment, TimeProvider time)
{
    // By then silos have told a new activation of the model's grain what they offer; before, a replica could seem to have lost more slots than it has.
    private static readonly TimeSpan FirstOffers = TimeSpan.FromSeconds(1);

    // Longer than pods that start together take to be all there; after it, serving from another replica's pods is better than not serving.
    private static readonly TimeSpan HomePatience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<int, IReadOnlyList<ShardPlace>> _now = []; // by replica; none while it waits
    private readonly Dictionary<int, IReadOnlyList<ShardPlace>> _last = []; // of its last epoch, waiting or not: where its weights and blocks are
    private readonly Dictionary<int, long> _waiting = []; // by replica: since when it has too few slots
    private readonly HomePods _homes = new(deployment.TensorParallel * deployment.PipelineParallel, deployment.Replicas);
    private readonly LayoutPlanner _layouts = new(config, deployment);
    private readonly long _began = time.GetTimestamp();

    /// <summary>Shards of a replica as deployed.</summary>
    public int Deployed => _layouts.Shards;

    /// <summary>Replicas with a shard on a silo.</summary>
    public IEnumerable<int> On(string silo) => _now.Where(entry => entry.Value.Any(place => place.Silo == silo)).Select(entry => entry.Key);

    /// <summary>Whether anybody knows where the replica stands.</summary>
    public bool Has(int replica) => _now.GetValueOrDefault(replica) is { Count: > 0 };

    /// <summary>The replica has said where it stands.</summary>
    public void OnSeen(int replica, IReadOnlyList<ShardPlace> places) => _now[replica] = places;

    /// <summary>What a former activation of the model's grain has stored.</summary>
    public void Restore(int replica, IReadOnlyList<ShardPlace> places) => (_now[replica], _last[replica]) = (places, places);

    /// <summary>An epoch is open.</summary>
    public void OnOpened(int replica, IReadOnlyList<ShardPlace> places)
    {
        Restore(replica, places);
        if (places.Count == Deployed)
            _waiting.Remove(replica);
        else
            _waiting.TryAdd(replica, time.GetTimestamp());
    }

    /// <summary>There were no places for it: it holds nothing while it waits.</summary>
    public void OnWaiting(int replica)
    {
        _waiting.TryAdd(replica, time.GetTimestamp());
        _now.Remove(replica);
    }

    /// <summary>Slots that other replicas hold.</summary>
    /// <param name="holdsNone">Whether a replica waits for slots, whatever was last seen of it.</param>
    public HashSet<(string Silo, int Slot)> TakenBeside(int replica, Func<int, bool> holdsNone) =>
        [.. _now.Where(entry => entry.Key != replica && !holdsNone(entry.Key)).SelectMany(entry => entry.Value).Select(place => (place.Silo, place.Slot))];

    /// <summary>Places of the first profile that has enough slots for the deployed layout, else of the first that has some for a smaller one; null: none has.</summary>
    /// <param name="profiles">That the replica may have, the best first.</param>
    public (string Profile, IReadOnlyList<ShardPlace>? Places) Choose(
        int replica, IReadOnlyList<string> profiles, IReadOnlyList<SlotAdvertisement> offered, HashSet<(string Silo, int Slot)> taken, string coordinator) => profiles
        .Select(profile => (Profile: profile, Places: Whole(replica, Of(profile, offered), taken, coordinator)))
        .Concat(profiles.Select(profile => (Profile: profile, Places: Smaller(replica, Of(profile, offered), taken, coordinator))))
        .FirstOrDefault(choice => choice.Places is not null);

    /// <inheritdoc cref="LayoutPlanner.Shortage"/>
    public string Shortage(IReadOnlyList<SlotAdvertisement> offered, HashSet<(string Silo, int Slot)> taken, string needed, IReadOnlyList<string> profiles) =>
        _layouts.Shortage(offered, taken, needed, profiles);

    /// <summary>At home, or if that is not all there: where it is on others' slots already, or has waited for long enough, on any.</summary>
    private IReadOnlyList<ShardPlace>? Whole(int replica, List<SlotAdvertisement> offers, HashSet<(string Silo, int Slot)> taken, string coordinator)
    {
        var previous = _last.GetValueOrDefault(replica, []);
        return _layouts.Place(offers, taken, previous, coordinator, AtHome(replica)) ?? (MayGoAnywhere(replica, offers) ? _layouts.Place(offers, taken, previous, coordinator, null) : null);
    }

    /// <summary>A replica that has lost some of its slots makes do with fewer, one that forms does not: others are about to come, or are spares of other replicas.</summary>
    private IReadOnlyList<ShardPlace>? Smaller(int replica, List<SlotAdvertisement> offers, HashSet<(string Silo, int Slot)> taken, string coordinator)
    {
        var previous = _last.GetValueOrDefault(replica, []);
        var hasSome = time.GetElapsedTime(_began) >= FirstOffers
            && previous.Any(place => !taken.Contains((place.Silo, place.Slot)) && offers.Exists(offer => offer.Silo == place.Silo));
        return hasSome ? _layouts.PlaceSmaller(offers, taken, previous, coordinator, MayGoAnywhere(replica, offers) ? null : AtHome(replica)) : null;
    }

    private static List<SlotAdvertisement> Of(string profile, IEnumerable<SlotAdvertisement> offers) => [.. offers.Where(offer => offer.Profile == profile)];

    private Func<SlotAdvertisement, int, bool> AtHome(int replica) => (silo, slot) => _homes.Allow(replica, silo, slot);

    private bool MayGoAnywhere(int replica, List<SlotAdvertisement> offers) =>
        _now.GetValueOrDefault(replica, []).Any(place => offers.Find(offer => offer.Silo == place.Silo) is { } there && !_homes.Allow(replica, there, place.Slot))
        || (_waiting.TryGetValue(replica, out var since) && time.GetElapsedTime(since) > HomePatience);
}
