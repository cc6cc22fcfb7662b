namespace Baichuan.Client;

/// <summary>The gateways of a cluster, any of which does. One is used until it fails, then the next. Thread-safe.</summary>
internal sealed class Gateways(IReadOnlyList<Gateway> all)
{
    private int _current;
    private long _resumptions;

    public int Count => all.Count;

    public Gateway Current => all[Volatile.Read(ref _current)];

    /// <inheritdoc cref="BaichuanClient.Resumptions"/>
    public long Resumptions => Volatile.Read(ref _resumptions);

    public void CountResumption() => Interlocked.Increment(ref _resumptions);

    /// <summary>Another one takes over, unless one has already.</summary>
    public void PassOver(Gateway failed)
    {
        var current = Volatile.Read(ref _current);
        if (all[current] == failed)
            Interlocked.CompareExchange(ref _current, (current + 1) % all.Count, current);
    }
}
