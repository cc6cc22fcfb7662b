namespace Baichuan.Scheduling.Routing;

/// <summary>How busy a replica says it is.</summary>
public readonly record struct ReplicaLoad(int Waiting, int Running);
