namespace Baichuan.Compute.Channels;

/// <summary>Where rank 0 of a stage gets the hidden states of the stage before. Used by the shard's thread only.</summary>
internal abstract class StageSource
{
    /// <summary>Blocks until the expected frame has come and is copied.</summary>
    /// <exception cref="PeerException">The previous stage is lost, silent or out of step.</exception>
    public abstract void Receive(in FrameTag tag, Span<float> hidden);
}
