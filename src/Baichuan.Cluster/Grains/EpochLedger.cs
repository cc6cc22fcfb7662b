namespace Baichuan.Cluster.Grains;

/// <summary>The last epoch of every replica: stored, compare-and-set, so that no epoch is ever minted twice.</summary>
[GenerateSerializer]
public sealed class EpochLedger
{
    [Id(0)] public Dictionary<int, ulong> Epochs { get; set; } = [];
}
