namespace Baichuan.Cluster.Replica;

/// <summary>Silos that were seen failing a moment ago. Until their offers run out by themselves, the next epoch does without them.</summary>
internal sealed class SuspectSilos(TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, long> _seen = [];

    public void Add(string silo) => _seen[silo] = time.GetTimestamp();

    public IReadOnlyList<string> Current()
    {
        foreach (var (silo, seen) in _seen)
        {
            if (time.GetElapsedTime(seen) > Memory)
                _seen.Remove(silo);
        }

        return [.. _seen.Keys];
    }
}
