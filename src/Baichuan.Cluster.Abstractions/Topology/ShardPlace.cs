using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Abstractions.Topology;

/// <summary>Where one shard lives in an epoch.</summary>
[GenerateSerializer, Immutable]
public sealed record ShardPlace
{
    [Id(0)] public required int Stage { get; init; }

    [Id(1)] public required int Rank { get; init; }

    /// <summary>The silo's Orleans address in its parsable form.</summary>
    [Id(2)] public required string Silo { get; init; }

    [Id(3)] public required int Slot { get; init; }

    /// <summary>ip:port of the silo's data channels.</summary>
    [Id(4)] public required string DataEndpoint { get; init; }

    [Id(5)] public required int ProcessId { get; init; }

    /// <summary>Bytes that the slot may give to its KV pools.</summary>
    [Id(6)] public required long KvCacheBytes { get; init; }

    /// <summary>What it keeps there: a part of the profile.</summary>
    [Id(7)] public KvType KvCache { get; init; }

    /// <summary>It keeps a copy of its partner's keys and values there, too.</summary>
    [Id(8)] public bool KvCopies { get; init; }
}
