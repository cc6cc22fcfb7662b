namespace Baichuan.Scheduling.Routing;

/// <summary>A replica that a request may go to.</summary>
/// <param name="CachedBlocks">Blocks of the request's prompt, from its beginning, that the replica probably has.</param>
/// <param name="HasSession">It ran the turn before this one of the same conversation.</param>
public readonly record struct RouteCandidate(ReplicaLoad Load, int CachedBlocks = 0, bool HasSession = false);
