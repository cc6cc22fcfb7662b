using System.Runtime.InteropServices;

namespace Baichuan.Compute.Channels;

/// <summary>Hidden states from a stage in the same process: straight out of the queue that it fills.</summary>
internal sealed class LocalStageSource(FrameQueue queue, int shard, Lifeline life, ShardStep step) : StageSource
{
    public override void Receive(in FrameTag tag, Span<float> hidden)
    {
        step.BeginWait(tag);
        while (!queue.HasFrame)
            step.Pause(shard);
        step.EndWait();
        var frame = queue.Oldest;
        if (FrameHeader.Difference(frame, tag) is { } sent)
            throw life.OutOfStep(shard, sent, tag);
        MemoryMarshal.Cast<byte, float>(frame[FrameHeader.Size..]).CopyTo(hidden);
        queue.Remove();
    }
}
