using System.Text.Json.Serialization;
using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Gateway.OperatorConsole;

/// <summary>All that the page shows, at one moment: GET /console/snapshot.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Draining">This gateway takes no new requests any more.</param>
/// <param name="Cluster">Null: not reached yet.</param>
/// <param name="Traffic">Of this gateway, in slices of <paramref name="SliceSeconds"/>, the oldest first.</param>
internal sealed record ConsoleSnapshot(
    long Time, string Model, bool Draining, ConsoleCluster? Cluster, int SliceSeconds, IReadOnlyList<TrafficPoint> Traffic, IReadOnlyList<ClusterEvent> Events);

/// <param name="Current">False: this is what was seen last, but the cluster does not answer now.</param>
internal sealed record ConsoleCluster(
    string Profile, int Stages, int Ranks, int ContextLength, bool Current, IReadOnlyList<ConsoleReplica> Replicas, IReadOnlyList<ConsoleSilo> Silos)
{
    public static ConsoleCluster Of(ClusterTopology topology, bool current) => new(
        topology.Profile,
        topology.PipelineParallel,
        topology.TensorParallel,
        topology.MaxContext,
        current,
        [.. topology.Replicas.Select(ConsoleReplica.Of)],
        [.. ConsoleSilo.Of(topology)]);
}

/// <param name="State">waiting, forming or ready.</param>
internal sealed record ConsoleReplica(
    int Index, string State, ulong Epoch, int Running, int Waiting, ConsolePool Global, ConsolePool Sliding, string? Coordinator, string Profile, string? Note, IReadOnlyList<ConsoleShard> Shards)
{
    public static ConsoleReplica Of(ReplicaStatus replica) => new(
        replica.Index,
        replica.State.ToString().ToLowerInvariant(),
        replica.Epoch,
        replica.Running,
        replica.Waiting,
        new ConsolePool(replica.GlobalBlocksUsed, replica.GlobalBlocks),
        new ConsolePool(replica.SlidingBlocksUsed, replica.SlidingBlocks),
        replica.Coordinator,
        replica.Profile,
        replica.Note,
        [.. replica.Shards.Select(shard => new ConsoleShard(shard.Stage, shard.Rank, shard.Silo, shard.Slot))]);
}

/// <summary>KV blocks of 16 positions.</summary>
internal sealed record ConsolePool(int Used, int Total);

internal sealed record ConsoleShard(int Stage, int Rank, string Silo, int Slot);

/// <param name="State">serving: offers slots; leaving: offers none any more, but shards stand on it.</param>
internal sealed record ConsoleSilo(string Address, string State, int Slots, int Taken, long KvBytesPerSlot, int ProcessId)
{
    public static IEnumerable<ConsoleSilo> Of(ClusterTopology topology)
    {
        var shards = topology.Replicas.SelectMany(replica => replica.Shards).ToLookup(shard => shard.Silo);
        var offered = topology.Silos.Select(silo => new ConsoleSilo(silo.Silo, "serving", silo.Slots, shards[silo.Silo].Count(), silo.KvCacheBytes, silo.ProcessId));
        var leaving = shards.Where(group => topology.Silos.All(silo => silo.Silo != group.Key))
            .Select(group => new ConsoleSilo(group.Key, "leaving", group.Count(), group.Count(), group.First().KvCacheBytes, group.First().ProcessId));
        return offered.Concat(leaving).OrderBy(silo => silo.Address, StringComparer.Ordinal);
    }
}

/// <summary>How it is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ConsoleSnapshot))]
internal sealed partial class ConsoleJson : JsonSerializerContext;
