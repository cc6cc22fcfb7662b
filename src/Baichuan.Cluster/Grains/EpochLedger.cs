using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Grains;

/// <summary>The last epoch of every replica, and where its shards were placed: stored, compare-and-set, so that no epoch is ever minted twice.</summary>
[GenerateSerializer]
public sealed class EpochLedger
{
    [Id(0)] public Dictionary<int, ulong> Epochs { get; set; } = [];

    /// <summary>By shard index. The next epoch leaves them where their weights are, also when whoever placed them is gone.</summary>
    [Id(1)] public Dictionary<int, ShardPlace[]> Places { get; set; } = [];

    /// <summary>Of each replica's last epoch. The next one keeps to it while it can.</summary>
    [Id(2)] public Dictionary<int, string> Profiles { get; set; } = [];

    /// <summary>Of each replica: <see cref="EpochGrant.PrefixSecret"/>.</summary>
    [Id(3)] public Dictionary<int, byte[]> PrefixSecrets { get; set; } = [];
}
