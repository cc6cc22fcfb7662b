using System.IO.Compression;
using Google.Protobuf;

namespace Baichuan.Testing.Hostility;

/// <summary>Makes hostile requests. The same seed makes the same ones, and each can be made alone.</summary>
internal static class HostileRequests
{
    private const int FrameHead = 5;

    public static HostileRequest Make(int seed, int index)
    {
        var random = new Random(HashCode(seed, index));
        return random.Next(16) switch
        {
            0 or 1 or 2 or 3 => Values(random),
            4 => Wire(random),
            5 => Texts(random),
            6 => Changed(random),
            7 => Framing(random),
            8 => Compressed(random),
            9 => Headers(random),
            10 => new HostileRequest("broken HTTP/2", HostileWay.RawHttp2, "", HostileFrames.Make(random), [], BreaksFraming: true),
            11 => new HostileRequest("broken HTTP/1.1", HostileWay.RawHttp1, "", HostileFrames.MakeHttp1(random), []),
            12 => new HostileRequest("other path over HTTP", HostileWay.Http, "/v1/" + Uri.EscapeDataString(new string((char)random.Next(1, 0x800), random.Next(1, 100))), HostileJson.Make(random), []),
            _ => new HostileRequest("JSON", HostileWay.Http, random.Next(2) == 0 ? "/v1/chat/completions" : "/v1/completions", HostileJson.Make(random), []),
        };
    }

    // System.HashCode differs from process to process.
    private static int HashCode(int seed, int index) => unchecked((seed * 1_000_003) ^ (index * 7_919));

    private static HostileRequest Values(Random random)
    {
        var (target, message) = HostileMessages.Make(random);
        return Call("values out of range", target, Frame(message.ToByteArray()));
    }

    private static HostileRequest Wire(Random random) => Call("bytes that are no message", Target(random), Frame(HostileMessages.MakeWire(random)));

    private static HostileRequest Texts(Random random) =>
        Call("texts at the edges of UTF-8", Target(random), Frame(HostileMessages.Text(random.Next(1, 7), HostileText.Make(random))));

    private static HostileRequest Changed(Random random)
    {
        var (target, message) = HostileMessages.Make(random);
        var bytes = message.ToByteArray();
        for (var changes = random.Next(1, 4); changes > 0 && bytes.Length > 0; changes--)
        {
            var at = random.Next(bytes.Length);
            bytes = random.Next(3) switch
            {
                0 => bytes[..at],
                1 => [.. bytes, .. bytes[at..]],
                _ => [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]],
            };
        }

        return Call("a changed message", target, Frame(bytes));
    }

    private static HostileRequest Framing(Random random)
    {
        var frame = Frame(HostileMessages.Make(random).Message.ToByteArray());
        byte[] broken = random.Next(5) switch
        {
            0 => frame[..random.Next(Math.Min(FrameHead, frame.Length))], // not even a head
            1 => frame.Length > FrameHead ? frame[..^1] : frame[..^2], // cut off
            2 => [.. frame, .. frame], // two messages
            3 => [frame[0], 0x7f, 0xff, 0xff, 0xff, .. frame[FrameHead..]], // says that it is long
            _ => [(byte)random.Next(2, 256), .. frame[1..]], // no such flag
        };
        return Call("a broken gRPC frame", Target(random), broken) with { BreaksFraming = true };
    }

    private static HostileRequest Compressed(Random random)
    {
        var bytes = random.Next(3) == 0 ? new byte[1 << random.Next(10, 24)] : HostileMessages.Make(random).Message.ToByteArray();
        var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
            zip.Write(bytes);
        var frame = Frame(random.Next(3) == 0 ? HostileMessages.RandomBytes(random, 50) : packed.ToArray());
        frame[0] = 1;
        string[] names = ["gzip", "deflate", "identity", "", "snappy", "\"", "gzip, gzip"];
        return Call("a compressed message", Target(random), frame, ("grpc-encoding", names[random.Next(names.Length)])) with { BreaksFraming = true };
    }

    private static HostileRequest Headers(Random random)
    {
        var frame = Frame(HostileMessages.Make(random).Message.ToByteArray());
        string[] timeouts = ["", "1", "-1S", "1e9S", "99999999999H", "0n", "S", "1X"];
        string[] types = ["text/plain", "application/json", "application/grpc-web", "application/grpc+json", "x"];
        string[] methods = ["/", "/baichuan.v1.Inference/None", "/baichuan.v2.Inference/Chat", "/baichuan.v1.Inference/", "//", "/grpc.health.v1.Health/Check", "/" + new string('m', 3_000)];
        return random.Next(4) switch
        {
            0 => Call("a wrong timeout", Target(random), frame, ("grpc-timeout", timeouts[random.Next(timeouts.Length)])),
            1 => Call("another type of content", Target(random), frame, ("content-type", types[random.Next(types.Length)])) with { BreaksFraming = true },
            2 => Call("no such method", methods[random.Next(methods.Length)], frame),
            _ => Call("odd metadata", Target(random), frame, ("authorization", new string('a', random.Next(1, 2_000))), ("x-bin", "not base64!"), ("grpc-accept-encoding", "?")),
        };
    }

    private static string Target(Random random)
    {
        string[] others =
        [
            "/baichuan.v1.Inference/ListModels", "/baichuan.v1.Cluster/GetTopology", "/baichuan.v1.Sessions/CreateSession", "/baichuan.v1.Sessions/DeleteSession",
            "/grpc.health.v1.Health/Check", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        ];
        return random.Next(4) == 0 ? others[random.Next(others.Length)] : HostileMessages.Make(random).Target;
    }

    private static HostileRequest Call(string kind, string target, byte[] body, params (string Name, string Value)[] headers) =>
        new(kind, HostileWay.Grpc, target, body, headers);

    private static byte[] Frame(byte[] message) =>
        [0, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];
}
