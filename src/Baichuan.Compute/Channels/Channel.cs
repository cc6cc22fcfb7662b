namespace Baichuan.Compute.Channels;

/// <summary>
/// One rank's end of its channel to another rank of the same stage. Used by the rank's own thread only. Neither side blocks here: an operation expects and
/// sends on all its channels, then looks at <see cref="HasArrived"/> until everything is there. Memory that is sent stays untouched until
/// <see cref="HasDeparted"/>.
/// </summary>
internal abstract unsafe class Channel(int rank, int shard)
{
    /// <summary>The peer's rank in the stage.</summary>
    public int Rank => rank;

    /// <summary>The peer's index in the replica.</summary>
    public int Shard => shard;

    /// <summary>Says which frame must come next, before anything is sent to the peer.</summary>
    /// <param name="into">Where its values belong, or null if <see cref="TryOpen"/> may show them anywhere.</param>
    public abstract void Expect(in FrameTag tag, float* into);

    /// <summary>Starts to send; what can fail, fails in the looks that follow. The frame before the previous one must have departed.</summary>
    public abstract void Send(in FrameTag tag, float* values);

    /// <summary>Whether the expected frame is there.</summary>
    /// <exception cref="PeerException">The peer is lost or sent another frame.</exception>
    public abstract bool HasArrived();

    /// <summary>Whether the memory of everything that was sent is the caller's own again.</summary>
    /// <exception cref="PeerException">The peer is lost.</exception>
    public abstract bool HasDeparted();

    /// <summary>Shows the values of the frame that has arrived: where they were expected, or still in the peer's memory. False if the peer has given up and
    /// taken its memory back; then the ties are broken. What was opened must be closed, and nothing may wait in between.</summary>
    public abstract bool TryOpen(out float* values);

    public abstract void Close();

    /// <summary>After a failure: returns when no peer can look at this rank's memory any more.</summary>
    public abstract void Withdraw();
}
