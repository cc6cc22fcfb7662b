using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace Baichuan.Testing.Hostility;

/// <summary>Sends hostile requests to a gateway, one at a time, and judges what comes back.</summary>
internal sealed class HostileClient(Uri grpc, Uri http) : IDisposable
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });

    public async Task<HostileAnswer> SendAsync(HostileRequest request)
    {
        using var limit = new CancellationTokenSource(Most);
        try
        {
            return request.Way switch
            {
                HostileWay.Grpc => await CallAsync(request, limit.Token),
                HostileWay.Http => await PostAsync(request, limit.Token),
                HostileWay.RawHttp2 => RawAnswer.OfHttp2(await RawAsync(grpc, request.Body, limit.Token)),
                _ => RawAnswer.OfHttp1(await RawAsync(http, request.Body, limit.Token)),
            };
        }
        catch (OperationCanceledException)
        {
            return new HostileAnswer("none", false, $"no answer within {Most.TotalSeconds} s");
        }
        catch (HttpRequestException e)
        {
            var code = e.InnerException is HttpProtocolException protocol ? $"http/2 error {protocol.ErrorCode}" : e.HttpRequestError.ToString();
            return new HostileAnswer(code, false, $"no status: {e.Message} {e.InnerException?.Message}");
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<HostileAnswer> CallAsync(HostileRequest request, CancellationToken cancellation)
    {
        using var message = Message(grpc, request, "application/grpc");
        (message.Version, message.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        message.Headers.TryAddWithoutValidation("te", "trailers");
        using var response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!response.Headers.TryGetValues("grpc-status", out var values))
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            if (response.IsSuccessStatusCode && await body.ReadAsync(new byte[1], cancellation) > 0)
                return new HostileAnswer("answered", true, null);
            if (!response.TrailingHeaders.TryGetValues("grpc-status", out values))
                return new HostileAnswer($"http {(int)response.StatusCode}", false, response.StatusCode is HttpStatusCode.UnsupportedMediaType or HttpStatusCode.NotFound ? null : "no grpc-status");
        }

        var status = int.Parse(values.First());
        var detail = response.Headers.TryGetValues("grpc-message", out var text) || response.TrailingHeaders.TryGetValues("grpc-message", out text) ? Uri.UnescapeDataString(text.First()) : "";
        return new HostileAnswer($"grpc {status}", status == 0, status switch
        {
            2 => $"UNKNOWN: {detail}",
            13 when !request.BreaksFraming => $"INTERNAL: {detail}",
            _ => null,
        });
    }

    private async Task<HostileAnswer> PostAsync(HostileRequest request, CancellationToken cancellation)
    {
        using var message = Message(http, request, "application/json");
        using var response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        var status = (int)response.StatusCode;
        if (status == 200)
            return new HostileAnswer("http 200", true, null);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return new HostileAnswer($"http {status}", false, status >= 500 ? $"{status}: {text}" : HasSentence(text) ? null : $"{status} without an error that says why");
    }

    private static void Leave(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The server was quicker.
        }
    }

    private static bool HasSentence(string json)
    {
        try
        {
            return JsonDocument.Parse(json).RootElement.GetProperty("error").GetProperty("message").GetString()!.Length > 0;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }

    private static HttpRequestMessage Message(Uri server, HostileRequest request, string type)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, server.GetLeftPart(UriPartial.Authority) + request.Target) { Content = new ByteArrayContent(request.Body) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        foreach (var (name, value) in request.Headers)
        {
            if (name == "content-type")
            {
                message.Content.Headers.Remove(name);
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
            else if (value.Length > 0)
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    /// <summary>Sends bytes, leaves after a while, and reads until the server has said all it has to say.</summary>
    private static async Task<byte[]> RawAsync(Uri address, byte[] bytes, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port, cancellation);
        var answer = new MemoryStream();
        try
        {
            await socket.SendAsync(bytes, cancellation);
            _ = Task.Delay(Patience, cancellation).ContinueWith(_ => Leave(socket), TaskScheduler.Default); // a server that is left at once says nothing
            var buffer = new byte[16 << 10];
            for (int read; (read = await socket.ReceiveAsync(buffer, cancellation)) > 0;)
                answer.Write(buffer, 0, read);
        }
        catch (SocketException)
        {
            // The server has closed the connection: what came before counts.
        }

        return answer.ToArray();
    }
}
