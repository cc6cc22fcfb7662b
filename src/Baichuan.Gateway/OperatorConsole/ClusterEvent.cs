using Topology = Baichuan.Cluster.Abstractions.Topology.ClusterTopology;

namespace Baichuan.Gateway.OperatorConsole;

/// <summary>Something about the cluster that changed, as a gateway saw it.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Kind">silo-joined, silo-left, replica-ready, replica-forming or replica-waiting; the page has words for them.</param>
/// <param name="Note">A sentence of the cluster's own; null: none.</param>
internal sealed record ClusterEvent(long Time, string Kind, int? Replica = null, ulong? Epoch = null, string? Silo = null, string? Note = null)
{
    /// <summary>What changed from one look to the next.</summary>
    public static IEnumerable<ClusterEvent> Between(Topology? before, Topology after, long time)
    {
        var had = before?.Silos.Select(silo => silo.Silo).ToHashSet() ?? [];
        var has = after.Silos.Select(silo => silo.Silo).ToHashSet();
        foreach (var silo in has.Except(had).Order(StringComparer.Ordinal))
            yield return new(time, "silo-joined", Silo: silo);
        foreach (var silo in had.Except(has).Order(StringComparer.Ordinal))
            yield return new(time, "silo-left", Silo: silo);
        foreach (var replica in after.Replicas)
        {
            var last = before?.Replicas.FirstOrDefault(other => other.Index == replica.Index);
            if (last?.State != replica.State || last.Epoch != replica.Epoch)
                yield return new(time, $"replica-{replica.State.ToString().ToLowerInvariant()}", replica.Index, replica.Epoch, Note: replica.Note);
        }
    }
}
