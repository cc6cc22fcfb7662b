using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>Hidden states from a stage in another process.</summary>
internal sealed unsafe class RemoteStageSource(RemoteTie tie, Lifeline life, ShardStep step) : StageSource, ISocketWork
{
    private readonly FrameReader _reader = new(tie, life);

    public override void Receive(in FrameTag tag, Span<float> hidden)
    {
        fixed (float* into = hidden)
        {
            _reader.Expect(tag, into);
            step.BeginWait(tag);
            while (!_reader.Advance())
                step.Pause(tie.Peer);
            step.EndWait();
        }
    }

    public void AddPending(List<Socket> reads, List<Socket> writes)
    {
        if (!_reader.IsDone)
            reads.Add(tie.Data.Socket);
    }
}
