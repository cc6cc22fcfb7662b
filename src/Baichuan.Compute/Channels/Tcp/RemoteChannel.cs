using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// The channel to a rank of another process. The rank's own thread sends and receives at the same time, whatever the sockets take or have: so two ranks that
/// send much to each other never wait for each other's reader.
/// </summary>
internal sealed unsafe class RemoteChannel(RemoteTie tie, Lifeline life, int rank) : Channel(rank, tie.Peer), ISocketWork
{
    private readonly FrameReader _reader = new(tie, life);
    private readonly FrameWriter _writer = new(tie);
    private float[] _buffer = [];
    private float* _arriving;

    public override void Expect(in FrameTag tag, float* into)
    {
        _arriving = into != null ? into : Buffer(tag.Values);
        _reader.Expect(tag, _arriving);
    }

    public override void Send(in FrameTag tag, float* values) => _writer.Start(tag, values);

    /// <summary>Done only when the own frame is gone too: the peer may need it to go on.</summary>
    public override bool HasArrived() => _writer.Advance() & _reader.Advance();

    public override bool HasDeparted() => _writer.Advance();

    public override bool TryOpen(out float* values)
    {
        values = _arriving;
        return true;
    }

    public override void Close()
    {
        // The values lie in this rank's own memory.
    }

    public override void Withdraw()
    {
        // No peer looks at this rank's memory.
    }

    public void AddPending(List<Socket> reads, List<Socket> writes)
    {
        if (!_reader.IsDone)
            reads.Add(tie.Data.Socket);
        if (!_writer.IsDone)
            writes.Add(tie.Data.Socket);
    }

    /// <summary>Room for values that have no place of their own; grows to the largest part that was ever exchanged.</summary>
    private float* Buffer(int values)
    {
        if (_buffer.Length < values)
            _buffer = GC.AllocateUninitializedArray<float>(values, pinned: true);
        return (float*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_buffer, 0);
    }
}
