namespace Baichuan.Scheduling.Routing;

/// <summary>Chooses replicas in turn, whatever they have or do. Thread-safe.</summary>
public sealed class RoundRobin
{
    private uint _next;

    /// <summary>An index below <paramref name="count"/>, which is at least 1.</summary>
    public int Choose(int count) => (int)((Interlocked.Increment(ref _next) - 1) % (uint)count);
}
