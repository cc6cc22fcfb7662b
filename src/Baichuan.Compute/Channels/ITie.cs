namespace Baichuan.Compute.Channels;

/// <summary>A connection from a shard to one of its peers, as seen by whoever has to break it; disposed after that.</summary>
internal interface ITie : IDisposable
{
    /// <summary>Tells the peer and ends every wait on the connection. Any thread; must not block.</summary>
    void Break(Fault fault);
}
