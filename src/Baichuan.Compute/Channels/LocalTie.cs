namespace Baichuan.Compute.Channels;

/// <summary>A tie to a shard of the same process: what breaks one breaks the other, for the same reason.</summary>
internal sealed class LocalTie(Lifeline peer) : ITie
{
    public void Break(Fault fault) => peer.Break(fault);

    public void Dispose()
    {
        // Nothing but memory.
    }
}
