using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace Baichuan.Cluster.Placement;

/// <summary>Puts a grain on a silo without slots, where there is one: those that compute are the likeliest to fail, and should take no coordinator with them.</summary>
public sealed class ControlPlacement() : PlacementFilterStrategy(order: 0);

/// <inheritdoc cref="ControlPlacement"/>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ControlPlacementAttribute() : PlacementFilterAttribute(new ControlPlacement());

/// <summary>Knows silos without slots by what they say of themselves.</summary>
internal sealed class ControlPlacementDirector(ISiloMetadataCache silos) : IPlacementFilterDirector
{
    /// <summary>What a silo without slots says: key and value.</summary>
    public static readonly KeyValuePair<string, string> Mark = new("slots", "0");

    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silosToFilter) =>
        Choose([.. silosToFilter], silo => silos.GetSiloMetadata(silo).Metadata.TryGetValue(Mark.Key, out var slots) && slots == Mark.Value);

    internal static List<SiloAddress> Choose(List<SiloAddress> silos, Predicate<SiloAddress> isControl) => silos.FindAll(isControl) is { Count: > 0 } control ? control : silos;
}
