using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Model;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Blocks;

namespace Baichuan.Cluster.Placement;

/// <summary>
/// How a replica is cut for the slots that there are: as deployed, or for fewer slots into any stages, and ranks of which each has whole reduction groups, for that gives the same bytes. A smaller
/// layout must hold every sequence that the deployed one does, and its larger shards must fit. Pure: the same offers give the same places.
/// </summary>
internal sealed class LayoutPlanner(ModelConfig config, DeploymentOptions deployment, WeightType weights)
{
    private readonly ShardPlan _deployed = ShardPlan.Create(config, deployment.TensorParallel, deployment.PipelineParallel);

    /// <summary>Shards of the deployed layout.</summary>
    public int Shards => _deployed.Shards.Count;

    /// <summary>Places the deployed layout; parameters as in <see cref="SlotPlanner.Place"/>.</summary>
    public IReadOnlyList<ShardPlace>? Place(
        IReadOnlyCollection<SlotAdvertisement> offers, IReadOnlySet<(string Silo, int Slot)> taken, IReadOnlyList<ShardPlace> previous, string coordinator, Func<SlotAdvertisement, int, bool>? allow) =>
        Place(_deployed, offers, taken, previous, coordinator, allow);

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
    public string Shortage(IReadOnlyCollection<SlotAdvertisement> offers, IReadOnlySet<(string Silo, int Slot)> taken, string profile)
    {
        var free = SlotPlanner.Free(offers, taken).ToList();
        var needed = $"{Shards} slots of profile {profile} are needed, {free.Count} are free.";
        return Smaller(free.Count).FirstOrDefault() is { } layout && free.Select(place => Misfit(layout, place.Offer)).FirstOrDefault(misfit => misfit is not null) is { } reason
            ? $"{needed} As {layout.Plan.PipelineParallel} x {layout.Plan.TensorParallel} shards it does not fit: {reason}"
            : needed;
    }

    /// <summary>The layouts of fewer slots that give the same bytes: most slots first, as their shards are the smallest; of as many, most ranks first, which answer sooner.</summary>
    private IEnumerable<MemoryPlan> Smaller(int slots) =>
        from shards in Descending(Math.Min(slots, Shards - 1))
        from ranks in Descending(Math.Min(shards, deployment.TensorParallel))
        where shards % ranks == 0 && shards / ranks <= config.LayerCount
        let plan = ShardPlan.Create(config, ranks, shards / ranks)
        where plan.ReductionLayout == _deployed.ReductionLayout
        select MemoryPlan.Create(plan, weights, deployment.KvCache);

    /// <summary>Why a slot cannot hold a shard of a layout, whichever; null: it can.</summary>
    private string? Misfit(MemoryPlan layout, SlotAdvertisement slot)
    {
        var weightBytes = layout.Shards.Max(shard => shard.WeightBytes);
        if (weightBytes + slot.KvCacheBytes > slot.MemoryBytes)
            return $"{weightBytes} bytes of weights and {slot.KvCacheBytes} of KV cache exceed the {slot.MemoryBytes} bytes that a slot may take (Slots:MemoryBytes).";
        var (holds, promised) = (LongestSequence(layout.Plan, slot), LongestSequence(_deployed, slot));
        return holds < promised ? $"{slot.KvCacheBytes} bytes of KV cache (Slots:KvCacheBytes) would hold a sequence of {holds} tokens, and {promised} are served." : null;
    }

    private int LongestSequence(ShardPlan plan, SlotAdvertisement slot) =>
        new SequenceFit(MemoryPlan.Largest(plan, slot.KvCacheBytes, deployment.KvCache, deployment.MaxSequences, deployment.MaxBatchRows), config.SlidingWindow, deployment.MaxBatchRows)
            .LongestSequence(deployment.ContextOf(config));

    private static IReadOnlyList<ShardPlace>? Place(
        ShardPlan plan, IReadOnlyCollection<SlotAdvertisement> offers, IReadOnlySet<(string Silo, int Slot)> taken, IReadOnlyList<ShardPlace> previous, string coordinator, Func<SlotAdvertisement, int, bool>? allow)
    {
        // Another cut has other weights: nothing is kept by staying.
        var isSame = previous.Count == plan.Shards.Count && previous[^1].Rank == plan.TensorParallel - 1;
        return SlotPlanner.Place(plan.TensorParallel, plan.PipelineParallel, offers, taken, isSame ? previous : [], coordinator, allow);
    }

    private static IEnumerable<int> Descending(int from) => Enumerable.Range(1, Math.Max(0, from)).Reverse();
}
