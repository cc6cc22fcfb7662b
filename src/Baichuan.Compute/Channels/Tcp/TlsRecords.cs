using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// What an <see cref="SslStream"/> reads from and writes to. In the handshake it is the socket, up to a deadline. Later a read gives the record that has come whole, and never a byte of the
/// next one; what is written stays here until <see cref="TryLeave"/>.
/// </summary>
internal sealed class TlsRecords(Socket socket, Deadline handshake) : Stream
{
    /// <summary>Type, version, length: RFC 8446, 5.1.</summary>
    private const int HeaderSize = 5;

    private const int LargestRecord = HeaderSize + (16 << 10) + 2048;

    /// <summary>A read of more than there is: no failure, SslStream goes on with the next one.</summary>
    public static readonly IOException NothingYet = new("No whole record has come yet.");

    private readonly byte[] _in = new byte[4 * LargestRecord];
    private byte[] _out = new byte[2 * LargestRecord];
    private int _inStart; // not read from here on
    private int _inEnd;
    private int _recordEnd; // of the one that is being read
    private int _outStart; // not gone from here on
    private int _outEnd;
    private bool _isShaking = true;

    /// <summary>Whether a whole record, or the rest of one, can be read.</summary>
    public bool HasRecord
    {
        get
        {
            if (_recordEnd > _inStart)
                return true;
            if (_inEnd - _inStart < HeaderSize)
                return false;
            var size = HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(_in.AsSpan(_inStart + 3));
            if (_inEnd - _inStart < Math.Min(size, LargestRecord)) // a longer one is none, as SslStream will say
                return false;
            _recordEnd = Math.Min(_inStart + size, _inEnd);
            return true;
        }
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void EndHandshake() => _isShaking = false;

    /// <summary>Takes what the socket has; 0 without an error: it has ended.</summary>
    public int Fill(out SocketError error)
    {
        var count = socket.Receive(Room(), SocketFlags.None, out error);
        _inEnd += count;
        return count;
    }

    public async ValueTask<int> FillAsync()
    {
        var room = Room().Length;
        var count = await socket.ReceiveAsync(_in.AsMemory(_inEnd, room), SocketFlags.None);
        _inEnd += count;
        return count;
    }

    /// <summary>Sends what was written; false if the socket does not take all of it now.</summary>
    public bool TryLeave(out SocketError error)
    {
        error = SocketError.Success;
        while (_outStart < _outEnd)
        {
            _outStart += socket.Send(_out.AsSpan(_outStart, _outEnd - _outStart), SocketFlags.None, out error);
            if (error != SocketError.Success)
                return false;
        }

        (_outStart, _outEnd) = (0, 0);
        return true;
    }

    public override int Read(Span<byte> buffer)
    {
        while (!HasRecord)
        {
            if (!_isShaking)
                throw NothingYet;
            handshake.Limit(socket);
            if (Fill(out var error) == 0)
                return error == SocketError.Success ? 0 : throw new IOException("The handshake did not end.", new SocketException((int)error));
        }

        var count = Math.Min(buffer.Length, _recordEnd - _inStart);
        _in.AsSpan(_inStart, count).CopyTo(buffer);
        _inStart += count;
        return count;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_outEnd + buffer.Length > _out.Length)
            Array.Resize(ref _out, 2 * (_outEnd + buffer.Length));
        buffer.CopyTo(_out.AsSpan(_outEnd));
        _outEnd += buffer.Length;
        if (!_isShaking)
            return;
        handshake.Limit(socket);
        if (!TryLeave(out var error))
            throw new IOException("The handshake did not end.", new SocketException((int)error));
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // The connection says when.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private Span<byte> Room()
    {
        if (_inStart > 0)
        {
            _in.AsSpan(_inStart, _inEnd - _inStart).CopyTo(_in);
            (_inStart, _inEnd, _recordEnd) = (0, _inEnd - _inStart, 0);
        }

        return _in.AsSpan(_inEnd);
    }
}
