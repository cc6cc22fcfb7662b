using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Google.Protobuf;

namespace Baichuan.Cluster.EndToEnd.Processes;

/// <summary>A collector: takes spans over OTLP's HTTP form, and keeps the bytes as they came.</summary>
internal sealed class SpanReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<byte[]> _bodies = new();
    private readonly Task _loop;

    public SpanReceiver()
    {
        Address = $"http://127.0.0.1:{Ports.Free()}";
        _listener.Prefixes.Add($"{Address}/");
        _listener.Start();
        _loop = ReceiveAsync();
    }

    public string Address { get; }

    public IReadOnlyList<Span> Spans => [.. _bodies.SelectMany(Read)];

    /// <summary>Every byte that came, as far as it is text.</summary>
    public string AllText => string.Concat(_bodies.Select(body => Encoding.UTF8.GetString(body)));

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private async Task ReceiveAsync()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                if (context.Request.Url!.AbsolutePath == "/v1/traces")
                    _bodies.Enqueue(body.ToArray());
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>opentelemetry.proto.collector.trace.v1: resource spans, in them scope spans, in them spans, of which these fields.</summary>
    private static IEnumerable<Span> Read(byte[] request) =>
        from resource in Fields(request, 1)
        from scope in Fields(resource, 2)
        from span in Fields(scope, 2)
        select new Span(Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), Fields(span, 9).Select(attribute => Text(attribute, 1)).ToList());

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Fields(message, field).FirstOrDefault([]));

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Fields(message, field).FirstOrDefault([]));

    private static List<byte[]> Fields(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited && WireFormat.GetTagFieldNumber(tag) == field)
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }

    internal sealed record Span(string Trace, string Id, string Parent, string Name, IReadOnlyList<string> Attributes);
}
