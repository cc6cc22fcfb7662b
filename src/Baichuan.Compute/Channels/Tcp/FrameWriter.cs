namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// Sends one frame at a time from the caller's memory. The header and the first values leave together, in one call and one packet for the small frames of
/// a decode step.
/// </summary>
internal sealed unsafe class FrameWriter(RemoteTie tie)
{
    private readonly byte[] _head = new byte[64 << 10];
    private FrameTag _tag;
    private byte* _rest;
    private int _headBytes;
    private int _headSent;
    private int _restBytes;
    private int _restSent;

    public bool IsDone => _headSent == _headBytes && _restSent == _restBytes;

    /// <summary>Only takes note, and so cannot fail; <see cref="Advance"/> sends.</summary>
    /// <param name="values">The values of <paramref name="tag"/>; untouched until the frame is gone or the operation has failed.</param>
    public void Start(in FrameTag tag, float* values)
    {
        _tag = tag;
        FrameHeader.Write(_head, tag);
        var payload = new ReadOnlySpan<byte>(values, tag.Values * sizeof(float));
        var withHeader = Math.Min(payload.Length, _head.Length - FrameHeader.Size);
        payload[..withHeader].CopyTo(_head.AsSpan(FrameHeader.Size));
        (_headBytes, _headSent) = (FrameHeader.Size + withHeader, 0);
        _rest = (byte*)values + withHeader;
        (_restBytes, _restSent) = (payload.Length - withHeader, 0);
    }

    /// <summary>Sends what the connection takes. True when the frame is gone.</summary>
    /// <exception cref="PeerException">The connection is lost.</exception>
    public bool Advance() =>
        Drain(_head.AsSpan(0, _headBytes), ref _headSent) && Drain(new ReadOnlySpan<byte>(_rest, _restBytes), ref _restSent);

    private bool Drain(ReadOnlySpan<byte> bytes, ref int sent)
    {
        while (sent < bytes.Length)
        {
            var count = tie.Send(bytes[sent..], _tag);
            if (count == 0)
                return false;
            sent += count;
        }

        return true;
    }
}
