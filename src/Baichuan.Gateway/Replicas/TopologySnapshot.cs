using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Gateway.Replicas;

/// <summary>The cluster as it was last seen. Immutable.</summary>
/// <param name="Topology">Null: never seen.</param>
/// <param name="Ready">Replicas that a request may go to; none if the topology is too old to say.</param>
/// <param name="Leaving">Replicas with a shard on a silo that leaves: what runs there goes on, new requests wait for another one.</param>
internal sealed record TopologySnapshot(ClusterTopology? Topology, IReadOnlyList<ReplicaStatus> Ready, IReadOnlyList<ReplicaStatus> Leaving)
{
    public static TopologySnapshot None { get; } = new(null, [], []);

    public static TopologySnapshot Of(ClusterTopology topology)
    {
        var offered = topology.Silos.Select(silo => silo.Silo).ToHashSet();
        var ready = topology.Replicas.Where(replica => replica.State == ReplicaState.Ready).ToLookup(replica => replica.Shards.All(shard => offered.Contains(shard.Silo)));
        return new(topology, [.. ready[true]], [.. ready[false]]);
    }

    /// <summary>Requests are taken, if not at once.</summary>
    public bool IsReady => Ready.Count + Leaving.Count > 0;

    /// <summary>Replicas that may go on with a stream of a profile: those that are ready, else those that leave, else those that may become ready, which take streams back before the topology
    /// says that they are.</summary>
    public IReadOnlyList<ReplicaStatus> Of(string profile) =>
        Ready.Where(replica => replica.Profile == profile).ToList() is { Count: > 0 } ready ? ready
        : Leaving.Where(replica => replica.Profile == profile).ToList() is { Count: > 0 } leaving ? leaving
        : [.. Topology?.Replicas.Where(replica => replica.Profile == profile || replica.Profile.Length == 0) ?? []];

    /// <summary>Whether a replica is of the profile, or may be: whatever its state, and as long as nothing is known.</summary>
    public bool MayHave(string profile) => Topology is null || Topology.Replicas.Any(replica => replica.Profile == profile);
}
