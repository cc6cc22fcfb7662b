using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Baichuan.Testing.Hostility;

/// <summary>Judges the bytes that a server sent before it closed a connection.</summary>
internal static class RawAnswer
{
    private const byte Headers = 1, Reset = 3, GoAway = 7;
    private const uint InternalError = 2;

    /// <summary>HTTP/2 frames: the first error code or gRPC status decides. A connection that is closed without a word is an answer to one that never began.</summary>
    public static HostileAnswer OfHttp2(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at + 9 <= bytes.Length;)
        {
            var length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
            var type = bytes[at + 3];
            var payload = bytes[(at + 9)..Math.Min(bytes.Length, at + 9 + length)];
            if (type == GoAway && payload.Length >= 8 && Of("goaway", payload[4..]) is { } goAway)
                return goAway;
            if (type == Reset && payload.Length >= 4 && Of("reset", payload) is { } reset)
                return reset;
            if (type == Headers && StatusIn(payload) is { } status)
                return new HostileAnswer($"grpc {status}", status == 0, status == 2 ? "UNKNOWN" : null);
            at += 9 + length;
        }

        return new HostileAnswer("closed", false, null);
    }

    /// <summary>A status line, or nothing for what is no request.</summary>
    public static HostileAnswer OfHttp1(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (text.Length == 0)
            return new HostileAnswer("closed", false, null);
        var status = text.Length > 12 && int.TryParse(text.AsSpan(9, 3), CultureInfo.InvariantCulture, out var code) ? code : 0;
        return new HostileAnswer($"http {status}", status == 200, status is >= 200 and < 500 or 505 ? null : $"answered with {text[..Math.Min(60, text.Length)]}");
    }

    // 0 is the end of a connection that the client left.
    private static HostileAnswer? Of(string frame, ReadOnlySpan<byte> code) => BinaryPrimitives.ReadUInt32BigEndian(code) switch
    {
        0 => null,
        InternalError => new HostileAnswer($"{frame} {InternalError}", false, "an internal error, by its HTTP/2 code"),
        var other => new HostileAnswer($"{frame} {other}", false, null),
    };

    /// <summary>The status in a head that is sent without tables and codes.</summary>
    private static int? StatusIn(ReadOnlySpan<byte> head)
    {
        var name = head.IndexOf("grpc-status"u8);
        return name >= 0 && name + 12 < head.Length && int.TryParse(Encoding.ASCII.GetString(head.Slice(name + 12, head[name + 11])), out var status) ? status : null;
    }
}
