using System.Buffers.Binary;
using System.Text;

namespace Baichuan.Testing.Hostility;

/// <summary>Connections to the gRPC port whose HTTP/2 frames, RFC 9113, are broken in one place: begun well, so that the server is in the middle of something.</summary>
internal static class HostileFrames
{
    private const byte Data = 0, Headers = 1, Priority = 2, Reset = 3, Settings = 4, PushPromise = 5, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;
    private const byte EndStream = 1, EndHeaders = 4, Padded = 8;

    private static readonly byte[] s_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    // The message with one text field "x", in a gRPC frame.
    private static readonly byte[] s_message = [0, 0, 0, 0, 3, 0x1a, 1, (byte)'x'];

    public static byte[] Make(Random random)
    {
        byte[] open = [.. s_preface, .. Frame(Settings, 0, 0, [0, 1, 0, 0, 0, 0])]; // no table of headers, so that answers are plain
        byte[] call = Frame(Headers, EndHeaders, 1, Head());
        return random.Next(24) switch
        {
            0 => HostileMessages.RandomBytes(random, random.Next(1, 200)),
            1 => [.. s_preface[..random.Next(1, s_preface.Length)], .. HostileMessages.RandomBytes(random, 24)],
            2 => [.. open, .. Frame(Data, EndStream, 0, s_message)], // on no stream
            3 => [.. open, .. Frame(Data, EndStream, 1, s_message)], // on one that is not open
            4 => [.. open, .. Frame(Headers, EndHeaders, 2, Head())], // on one of the server's
            5 => [.. open, .. call, .. Frame(Data, EndStream, 1, s_message), .. Frame(Data, EndStream, 1, s_message)], // after its end
            6 => [.. open, .. call, .. Frame(Data, EndStream | Padded, 1, [200, .. s_message])], // more padding than frame
            7 => [.. open, .. call, .. Lying(random)], // longer than a frame may be
            8 => [.. open, .. Frame(Ping, 0, 0, new byte[random.Next(8)])],
            9 => [.. open, .. Frame(Ping, 0, 1, new byte[8])],
            10 => [.. open, .. Frame(Settings, 0, 0, new byte[5])],
            11 => [.. open, .. Frame(Settings, 0, 0, [0, 4, 0xff, 0xff, 0xff, 0xff])], // a window that there cannot be
            12 => [.. open, .. Frame(WindowUpdate, 0, 0, new byte[4])], // by nothing
            13 => [.. open, .. Frame(WindowUpdate, 0, 0, [0x7f, 0xff, 0xff, 0xff])],
            14 => [.. open, .. call, .. Frame(WindowUpdate, 0, 1, new byte[random.Next(4)])],
            15 => [.. open, .. Frame(Continuation, EndHeaders, 1, Head())],
            16 => [.. open, .. Frame(Headers, 0, 1, Head()), .. Frame(Data, EndStream, 1, s_message)], // in the middle of the head
            17 => [.. open, .. Frame(Headers, EndHeaders | EndStream, 1, HostileMessages.RandomBytes(random, random.Next(1, 60)))],
            18 => [.. open, .. Frame(Headers, EndHeaders | EndStream, 1, [.. Head(), .. Field("Upper", "case")])],
            19 => [.. open, .. Frame(Headers, EndHeaders | EndStream, 1, [.. Head(), .. Field(":path", "/again")])],
            20 => [.. open, .. Frame(Headers, EndHeaders, 1, [.. Head(), .. Field("content-length", "3")]), .. Frame(Data, EndStream, 1, s_message)],
            21 => [.. open, .. Frame(PushPromise, EndHeaders, 1, new byte[8])],
            22 => [.. open, .. Frame(Reset, 0, 7, new byte[4]), .. Frame(Priority, 0, 1, new byte[4]), .. Frame(GoAway, 0, 3, new byte[8])],
            _ => [.. open, .. Frame(Headers, EndHeaders | EndStream, 1, [.. Head(), .. Field("x", new string('x', 40_000))])], // more head than there may be
        };
    }

    /// <summary>Requests to the HTTP/1.1 port that are broken before or in their bodies.</summary>
    public static byte[] MakeHttp1(Random random)
    {
        const string Post = "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        return random.Next(9) switch
        {
            0 => HostileMessages.RandomBytes(random, random.Next(1, 200)),
            1 => Encoding.ASCII.GetBytes(Post + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n"),
            2 => Encoding.ASCII.GetBytes(Post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n"),
            3 => Encoding.ASCII.GetBytes(Post + "Content-Length: -1\r\n\r\n{}"),
            4 => Encoding.ASCII.GetBytes(Post + "Content-Length: 5\r\nContent-Length: 2\r\n\r\n{}"),
            5 => Encoding.ASCII.GetBytes(Post + "Content-Length: 99999999999999999999\r\n\r\n{}"),
            6 => Encoding.ASCII.GetBytes(Post + $"X: {new string('x', 50_000)}\r\n\r\n"),
            7 => Encoding.ASCII.GetBytes("POST /v1/completions HTTP/9.9\r\nHost: x\r\n\r\n"),
            _ => Encoding.ASCII.GetBytes(Post + "Content-Length: 4\r\n\r\n{}"), // cut off by the end of what is sent
        };
    }

    private static byte[] Lying(Random random)
    {
        var frame = Frame(Data, EndStream, 1, s_message);
        frame[random.Next(2)] = (byte)random.Next(1, 256);
        frame[0] |= 1;
        return frame;
    }

    private static byte[] Head() =>
    [
        .. Field(":method", "POST"), .. Field(":scheme", "http"), .. Field(":path", "/baichuan.v1.Inference/Tokenize"), .. Field(":authority", "x"),
        .. Field("content-type", "application/grpc"), .. Field("te", "trailers"),
    ];

    /// <summary>A header field, RFC 7541, without tables and codes.</summary>
    private static byte[] Field(string name, string value) => [0, .. Length(name), .. Encoding.ASCII.GetBytes(name), .. Length(value), .. Encoding.ASCII.GetBytes(value)];

    private static byte[] Length(string text)
    {
        if (text.Length < 127)
            return [(byte)text.Length];
        var bytes = new List<byte> { 127 };
        var rest = text.Length - 127;
        for (; rest >= 128; rest >>= 7)
            bytes.Add((byte)(0x80 | (rest & 0x7f)));
        return [.. bytes, (byte)rest];
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        // More than a frame may hold without asking, where the head is so long.
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }
}
