namespace Baichuan.Scheduling.Routing;

/// <summary>
/// Chooses the replica that a request goes to: the one of its session; else the one that has most of its prompt, but none that is more than
/// <see cref="MostAhead"/> sequences busier than the least busy one; among equals the least busy. Stateless; called by gateways, on any thread.
/// </summary>
/// <remarks>
/// So a prefix that everybody sends does not sink the replica that has it: from that bound on, requests go elsewhere, and the prefix with them. A session
/// knows no such bound: it has one request at a time.
/// </remarks>
public static class ReplicaRouter
{
    /// <summary>By how many sequences, waiting and running together, a replica that is chosen for its cache may be ahead of the least busy one.</summary>
    public const int MostAhead = 8;

    /// <summary>The index of the chosen replica; the lowest among equals. Null: there is none.</summary>
    public static int? Choose(ReadOnlySpan<RouteCandidate> replicas)
    {
        var least = int.MaxValue;
        for (var i = 0; i < replicas.Length; i++)
        {
            if (replicas[i].HasSession)
                return i;
            least = Math.Min(least, Sequences(replicas[i]));
        }

        int? chosen = null;
        for (var i = 0; i < replicas.Length; i++)
        {
            if (Sequences(replicas[i]) - least <= MostAhead && (chosen is not { } best || IsBetter(replicas[i], replicas[best])))
                chosen = i;
        }

        return chosen;
    }

    private static bool IsBetter(in RouteCandidate one, in RouteCandidate other) => one.CachedBlocks != other.CachedBlocks
        ? one.CachedBlocks > other.CachedBlocks
        : Sequences(one) < Sequences(other);

    private static int Sequences(in RouteCandidate replica) => replica.Load.Waiting + replica.Load.Running;
}
