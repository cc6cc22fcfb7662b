namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>An order of an epoch that is over: whoever sent it is not the replica's coordinator any more.</summary>
[GenerateSerializer]
public sealed class StaleEpochException(string message) : Exception(message);
