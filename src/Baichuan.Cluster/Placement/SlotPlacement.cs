using Baichuan.Cluster.Abstractions.Shards;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Baichuan.Cluster.Placement;

/// <summary>Puts a grain on the silo that its <see cref="ShardKey"/> names.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking]
public sealed class SlotPlacement : PlacementStrategy;

/// <inheritdoc cref="SlotPlacement"/>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SlotPlacementAttribute() : PlacementAttribute(new SlotPlacement());

/// <summary>Reads the silo from the grain's key. Stateless: the place was decided when the epoch was granted.</summary>
internal sealed class SlotPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = ShardKey.Parse(target.GrainIdentity.Key.ToString()!);
        var named = SiloAddress.FromParsableString(key.Silo);
        return Array.IndexOf(context.GetCompatibleSilos(target), named) >= 0
            ? Task.FromResult(named)
            : throw new OrleansException($"Shard {key.Shard} of epoch {key.Epoch} belongs on silo {key.Silo}, which is not part of the cluster; its replica must open a new epoch.");
    }
}
