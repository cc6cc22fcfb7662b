using System.Globalization;
using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Placement;

/// <summary>
/// Which replica a slot belongs to, where silos stand in a row by the numbers of their names, as pods of a StatefulSet do: the slots of the row are dealt out in whole replicas. A scaler that takes the
/// last pods away takes whole replicas then, and never half of two.
/// </summary>
/// <param name="Shards">Of a replica.</param>
/// <param name="Replicas">That are deployed; slots behind theirs are anybody's.</param>
public sealed record HomePods(int Shards, int Replicas)
{
    /// <summary>Whether a replica may have a slot.</summary>
    public bool Allow(int replica, SlotAdvertisement silo, int slot) => Of(silo, slot) is not { } home || home == replica || home >= Replicas;

    /// <summary>The replica that a slot belongs to; null: the silo stands in no row.</summary>
    public int? Of(SlotAdvertisement silo, int slot) => NumberOf(silo.Name) is { } number ? (int)(((number * silo.Slots) + slot) / Shards) : null;

    private static long? NumberOf(string name) =>
        name.LastIndexOf('-') is > 0 and var dash && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
