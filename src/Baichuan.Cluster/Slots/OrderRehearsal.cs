using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Slots;

/// <summary>
/// Sends every other silo with slots, once, the orders of an epoch that never is: their way is then open, and the code on it compiled, before streams wait for that. The first order to a spare silo took half a second.
/// </summary>
internal sealed class OrderRehearsal(IGrainFactory grains, ILocalSiloDetails self)
{
    private readonly HashSet<string> _met = [];

    /// <summary>Does not wait for answers. One caller at a time.</summary>
    public void Meet(IReadOnlyList<SlotAdvertisement> silos)
    {
        _met.IntersectWith(silos.Select(silo => silo.Silo));
        foreach (var silo in silos)
        {
            if (silo.Slots > 0 && silo.Silo != self.SiloAddress.ToParsableString() && _met.Add(silo.Silo))
                RehearseAsync(grains.GetGrain<IShardGrain>(new ShardKey("rehearsal", 0, 0, silo.Silo, 0).ToString())).Ignore();
        }
    }

    private static async Task RehearseAsync(IShardGrain shard)
    {
        await shard.Rehearse(
            new AttachOrder { TensorParallel = 1, PipelineParallel = 1, GlobalBlocks = 0, SlidingBlocks = 0, Endpoints = [""], Secret = [0], Profile = "" },
            new StepOrder([new byte[1]], false, TimeSpan.Zero));
        await shard.Detach();
    }
}
