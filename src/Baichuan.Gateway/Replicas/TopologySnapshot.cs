using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Gateway.Replicas;

/// <summary>The cluster as it was last seen. Immutable.</summary>
/// <param name="Topology">Null: never seen.</param>
/// <param name="Ready">Replicas that a request may go to; none if the topology is too old to say.</param>
internal sealed record TopologySnapshot(ClusterTopology? Topology, IReadOnlyList<ReplicaStatus> Ready)
{
    public static TopologySnapshot None { get; } = new(null, []);

    public static TopologySnapshot Of(ClusterTopology topology) =>
        new(topology, [.. topology.Replicas.Where(replica => replica.State == ReplicaState.Ready)]);

    public bool IsReady => Ready.Count > 0;
}
