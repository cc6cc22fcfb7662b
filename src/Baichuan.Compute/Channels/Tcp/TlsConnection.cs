using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// A connection under TLS. <see cref="SslStream"/> only knows how to wait, and a shard's thread does other things meanwhile: so <see cref="TlsRecords"/> stands between it and the socket,
/// and it is asked to read when a whole record is there. Bytes count as sent when their records have left, so that nothing stays behind while the thread computes.
/// </summary>
internal sealed class TlsConnection : Connection
{
    private const int MostAtOnce = 64 << 10; // as many as a frame's head
    private const int LargestText = 16 << 10; // of a record

    private readonly TlsRecords _records;
    private readonly SslStream _tls;
    private readonly byte[] _text = new byte[LargestText]; // deciphered, and not taken from _textStart on
    private readonly byte[] _outgoing = new byte[MostAtOnce];
    private int _textStart;
    private int _textEnd;
    private int _leaving; // bytes of _outgoing whose records have not all left

    private TlsConnection(Socket socket, Deadline handshake)
        : base(socket)
    {
        _records = new TlsRecords(socket, handshake);
        _tls = new SslStream(_records);
    }

    /// <summary>The listener's side of the handshake. Blocking.</summary>
    /// <exception cref="AuthenticationException">The caller shows no certificate that counts, or speaks no TLS.</exception>
    /// <exception cref="IOException">The connection ended, or the deadline passed.</exception>
    public static TlsConnection Answer(Socket socket, ChannelTls tls, Deadline deadline) => Shake(socket, deadline, stream => stream.AuthenticateAsServer(tls.Answering()));

    /// <summary>The caller's side.</summary>
    /// <inheritdoc cref="Answer"/>
    public static TlsConnection Call(Socket socket, ChannelTls tls, Deadline deadline) => Shake(socket, deadline, stream => stream.AuthenticateAsClient(tls.Calling()));

    public override int Receive(Span<byte> into, out SocketError error)
    {
        error = SocketError.Success;
        while (_textStart == _textEnd)
        {
            if (_records.HasRecord)
            {
                if (!TryDecipher())
                    return 0;
            }
            else if (_records.Fill(out error) == 0)
            {
                return 0;
            }
        }

        return Take(into);
    }

    public override int Send(ReadOnlySpan<byte> bytes, out SocketError error)
    {
        if (_leaving == 0)
        {
            _leaving = Math.Min(bytes.Length, MostAtOnce);
            bytes[.._leaving].CopyTo(_outgoing);
            if (!TryEncipher())
            {
                error = SocketError.ConnectionReset;
                return 0;
            }
        }

        if (!_records.TryLeave(out error))
            return 0;
        var sent = _leaving;
        _leaving = 0;
        return sent;
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> into)
    {
        while (_textStart == _textEnd)
        {
            if (_records.HasRecord ? !TryDecipher() : await _records.FillAsync() == 0)
                return 0;
        }

        return Take(into.Span);
    }

    public override void Dispose()
    {
        base.Dispose();
        _tls.Dispose();
    }

    private static TlsConnection Shake(Socket socket, Deadline deadline, Action<SslStream> shake)
    {
        var connection = new TlsConnection(socket, deadline);
        try
        {
            shake(connection._tls);
            connection._records.EndHandshake();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>False if the connection is no more.</summary>
    private bool TryEncipher()
    {
        try
        {
            _tls.Write(_outgoing, 0, _leaving);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Deciphers a record, which may be one of TLS itself and have no text; false if it is the last, or was tampered with.</summary>
    private bool TryDecipher()
    {
        try
        {
            (_textStart, _textEnd) = (0, 0);
            _textEnd = _tls.Read(_text, 0, _text.Length);
            return _textEnd > 0;
        }
        catch (IOException e) when (ReferenceEquals(e, TlsRecords.NothingYet))
        {
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private int Take(Span<byte> into)
    {
        var count = Math.Min(into.Length, _textEnd - _textStart);
        _text.AsSpan(_textStart, count).CopyTo(into);
        _textStart += count;
        return count;
    }
}
