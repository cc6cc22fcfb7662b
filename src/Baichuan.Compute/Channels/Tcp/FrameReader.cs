namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// Receives one announced frame at a time, straight to where it belongs. The header is compared with what is expected before a byte of the values is
/// taken, so a peer's word decides neither where bytes go nor how much memory there is for them. What comes early waits in the socket.
/// </summary>
internal sealed unsafe class FrameReader(RemoteTie tie, Lifeline life)
{
    private readonly byte[] _header = new byte[FrameHeader.Size];
    private FrameTag _expected;
    private byte* _into;
    private int _headerBytes;
    private int _payloadBytes;

    public bool IsDone { get; private set; } = true;

    /// <param name="into">Room for the values of <paramref name="tag"/>; stays in place until the frame is there or the operation has failed.</param>
    public void Expect(in FrameTag tag, float* into)
    {
        _expected = tag;
        _into = (byte*)into;
        (_headerBytes, _payloadBytes) = (0, 0);
        IsDone = false;
    }

    /// <summary>Takes what has come. True when the frame is complete.</summary>
    /// <exception cref="PeerException">The connection is lost, or another frame came.</exception>
    public bool Advance()
    {
        if (IsDone)
            return true;
        if (_headerBytes < FrameHeader.Size)
        {
            if (!Fill(_header, ref _headerBytes))
                return false;
            if (FrameHeader.Difference(_header, _expected) is { } sent)
                throw life.OutOfStep(tie.Peer, sent, _expected);
        }

        return IsDone = Fill(new Span<byte>(_into, _expected.Values * sizeof(float)), ref _payloadBytes);
    }

    private bool Fill(Span<byte> bytes, ref int filled)
    {
        while (filled < bytes.Length)
        {
            var count = tie.Receive(bytes[filled..], _expected);
            if (count == 0)
                return false;
            filled += count;
        }

        return true;
    }
}
