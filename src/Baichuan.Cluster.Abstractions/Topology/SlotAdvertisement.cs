using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Abstractions.Topology;

/// <summary>What a silo offers, said again every second; silence withdraws it.</summary>
[GenerateSerializer, Immutable]
public sealed record SlotAdvertisement
{
    /// <summary>The silo's Orleans address in its parsable form.</summary>
    [Id(0)] public required string Silo { get; init; }

    /// <summary>Where its shards' data channels listen: ip:port.</summary>
    [Id(1)] public required string DataEndpoint { get; init; }

    /// <summary>Device places, numbered from 0.</summary>
    [Id(2)] public required int Slots { get; init; }

    /// <summary>Bytes that one slot may give to its KV pools.</summary>
    [Id(3)] public required long KvCacheBytes { get; init; }

    /// <summary>Digest of the checkpoint that the silo would load, types and executor included: shards of one replica must agree.</summary>
    [Id(4)] public required string Profile { get; init; }

    [Id(5)] public required int ProcessId { get; init; }

    /// <summary>A port that is open as long as the process lives, by which others see its end: ip:port. Empty: it has none.</summary>
    [Id(6)] public string VitalEndpoint { get; init; } = "";

    /// <summary>The silo's name, such as its pod's; one that ends in "-" and a number has a place in a row. Empty: it has none.</summary>
    [Id(7)] public string Name { get; init; } = "";

    /// <summary>What its KV pools keep: a part of the profile.</summary>
    [Id(8)] public KvType KvCache { get; init; }

    /// <summary>Digest of the model's geometry and tokenizer. Silos of one cluster agree in it, whatever weights they have.</summary>
    [Id(9)] public string Shape { get; init; } = "";

    /// <summary>Bytes that one slot may take for weights and KV pools together. 0: not known, so nothing larger than a shard of the deployed layout is put there.</summary>
    [Id(10)] public long MemoryBytes { get; init; }

    /// <summary>Type of the matrices in memory: a part of the profile.</summary>
    [Id(11)] public WeightType Weights { get; init; }

    /// <summary>Its KV pools hold copies of partners' keys and values, too.</summary>
    [Id(12)] public bool KvCopies { get; init; }
}
