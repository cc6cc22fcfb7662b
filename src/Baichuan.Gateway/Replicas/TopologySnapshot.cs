using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Gateway.Replicas;

/// <summary>The cluster as it was last seen. Immutable.</summary>
/// <param name="Topology">Null: never seen.</param>
/// <param name="Ready">Replicas that a request may go to; none if the topology is too old to say.</param>
internal sealed record TopologySnapshot(ClusterTopology? Topology, IReadOnlyList<ReplicaStatus> Ready)
{
    public static TopologySnapshot None { get; } = new(null, []);

    /// <summary>Replicas with a shard on a silo that leaves get no new requests, unless there are no others.</summary>
    public static TopologySnapshot Of(ClusterTopology topology)
    {
        var offered = topology.Silos.Select(silo => silo.Silo).ToHashSet();
        List<ReplicaStatus> ready = [.. topology.Replicas.Where(replica => replica.State == ReplicaState.Ready)];
        List<ReplicaStatus> staying = [.. ready.Where(replica => replica.Shards.All(shard => offered.Contains(shard.Silo)))];
        return new(topology, staying.Count > 0 ? staying : ready);
    }

    public bool IsReady => Ready.Count > 0;
}
