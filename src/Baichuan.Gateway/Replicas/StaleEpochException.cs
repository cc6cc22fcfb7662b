namespace Baichuan.Gateway.Replicas;

/// <summary>A replica answered out of an epoch that is over.</summary>
internal sealed class StaleEpochException(ulong epoch, ulong seen)
    : Exception($"The replica answered from epoch {epoch}, but epoch {seen} has been seen; its answer is not taken.");
