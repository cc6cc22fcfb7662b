using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Placement;

/// <summary>
/// How a replica is cut for the slots that there are: as deployed, or for fewer slots into any stages, and ranks of which each has whole reduction groups, for that gives the same bytes. A smaller
/// layout must hold every sequence that the deployed one does, and its larger shards must fit. The same offers give the same places. Its callers take turns.
/// </summary>
internal sealed class LayoutPlanner(ModelConfig config, DeploymentOptions deployment)
{
    private readonly Layout _deployed = new(ShardPlan.Create(config, deployment.TensorParallel, deployment.PipelineParallel), deployment);
    private readonly Dictionary<(int Ranks, int Stages), Layout> _others = []; // that were thought of so far

    /// <summary>Shards of the deployed layout.</summary>
    public int Shards => _deployed.Plan.Shards.Count;

    /// <summary>Places the deployed layout; parameters as in <see cref="SlotPlanner.Place"/>.</summary>
    public IReadOnlyList<ShardPlace>? Place(
        IReadOnlyCollection<SlotAdvertisement> offers, IReadOnlySet<(string Silo, int Slot)> taken, IReadOnlyList<ShardPlace> previous, string coordinator, Func<SlotAdvertisement, int, bool>? allow) =>
        Place(_deployed.Plan, offers, taken, previous, coordinator, allow);

    /// <summary>Places a smaller layout, that of the most slots that fits; null: none does.</summary>
    public IReadOnlyList<ShardPlace>? PlaceSmaller(
        IReadOnlyCollection<SlotAdvertisement> offers, IReadOnlySet<(string Silo, int Slot)> taken, IReadOnlyList<ShardPlace> previous, string coordinator, Func<SlotAdvertisement, int, bool>? allow)
    {
        var free = SlotPlanner.Free(offers, taken, allow).Count();
        return Smaller(free)
            .Select(layout => Place(layout.Plan, offers, taken, previous, coordinator, (silo, slot) => allow?.Invoke(silo, slot) != false && Misfit(layout, silo) is null))
            .FirstOrDefault(places => places is not null);
    }

    /// <summary>Why neither can be placed: what is needed, what is there, and what the smaller layout of the most slots lacks.</summary>
    /// <param name="needed">The profile that streams have begun on; empty: none has.</param>
    /// <param name="profiles">That the replica may have, the best first.</param>
    public string Shortage(IReadOnlyCollection<SlotAdvertisement> offers, IReadOnlySet<(string Silo, int Slot)> taken, string needed, IReadOnlyList<string> profiles)
    {
        var free = SlotPlanner.Free(offers, taken).ToLookup(place => place.Offer.Profile);
        var kind = needed.Length > 0 ? $"profile {needed}, which its streams have begun on," : "one profile";
        var counts = free.Count > 0 ? string.Join(", ", free.Select(profile => $"{profile.Count()} of {profile.Key}")) : "none";
        var best = profiles.Count > 0 ? free[profiles[0]].ToList() : [];
        var sentence = $"{Shards} slots of {kind} are needed; free are {counts}.";
        return Smaller(best.Count).FirstOrDefault() is { } layout && best.Select(place => Misfit(layout, place.Offer)).FirstOrDefault(misfit => misfit is not null) is { } reason
            ? $"{sentence} As {layout.Plan.PipelineParallel} x {layout.Plan.TensorParallel} shards it does not fit: {reason}"
            : sentence;
    }

    /// <summary>The layouts of fewer slots that give the same bytes: most slots first, as their shards are the smallest; of as many, most ranks first, which answer sooner.</summary>
    private IEnumerable<Layout> Smaller(int slots) =>
        from shards in Descending(Math.Min(slots, Shards - 1))
        from ranks in Descending(Math.Min(shards, deployment.TensorParallel))
        where shards % ranks == 0 && shards / ranks <= config.LayerCount
        let layout = Of(ranks, shards / ranks)
        where layout.Plan.ReductionLayout == _deployed.Plan.ReductionLayout
        select layout;

    private Layout Of(int ranks, int stages) =>
        _others.TryGetValue((ranks, stages), out var known) ? known : _others[(ranks, stages)] = new Layout(ShardPlan.Create(config, ranks, stages), deployment);

    /// <summary>Why a slot cannot hold a shard of a layout, whichever; null: it can.</summary>
    private string? Misfit(Layout layout, SlotAdvertisement slot)
    {
        var weights = layout.WeightBytes(slot.Weights);
        if (weights + slot.KvCacheBytes > slot.MemoryBytes)
            return $"{weights} bytes of weights and {slot.KvCacheBytes} of KV cache exceed the {slot.MemoryBytes} bytes that a slot may take (Slots:MemoryBytes).";
        var holds = layout.LongestSequence(slot.KvCacheBytes, slot.KvCache, slot.KvCopies);
        var promised = _deployed.LongestSequence(slot.KvCacheBytes, slot.KvCache, slot.KvCopies);
        return holds < promised ? $"{slot.KvCacheBytes} bytes of KV cache (Slots:KvCacheBytes) would hold a sequence of {holds} tokens, and {promised} are served." : null;
    }

    private static IReadOnlyList<ShardPlace>? Place(
        ShardPlan plan, IReadOnlyCollection<SlotAdvertisement> offers, IReadOnlySet<(string Silo, int Slot)> taken, IReadOnlyList<ShardPlace> previous, string coordinator, Func<SlotAdvertisement, int, bool>? allow)
    {
        // Another cut has other weights: nothing is kept by staying.
        var isSame = previous.Count == plan.Shards.Count && previous[^1].Rank == plan.TensorParallel - 1;
        return SlotPlanner.Place(plan.TensorParallel, plan.PipelineParallel, offers, taken, isSame ? previous : [], coordinator, allow);
    }

    private static IEnumerable<int> Descending(int from) => Enumerable.Range(1, Math.Max(0, from)).Reverse();
}
