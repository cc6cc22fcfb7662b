using System.Globalization;
using System.Text.Json;
using Baichuan.Gateway.Generation;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Telemetry;
using Baichuan.Gateway.Tenants;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.OpenAi;

/// <summary>
/// /v1/chat/completions, /v1/completions and /v1/models. A request takes the same path as one over gRPC, with the same tenants, limits, queue and metrics; only
/// its form differs.
/// </summary>
internal sealed partial class OpenAiFront(
    TenantKeys keys, RequestParser parser, GenerationHandler generation, ServedModel model, TopologyWatch topology, GatewayOptions options, GatewayMetrics metrics, AuditLog audit,
    TimeProvider time, ILogger<OpenAiFront> log)
{
    public async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value;
        Tenant? tenant = null;
        try
        {
            string? authorization = context.Request.Headers.Authorization is [{ } only] ? only : null;
            tenant = keys.Authenticate(authorization);
            await ((context.Request.Method, path) switch
            {
                ("POST", "/v1/chat/completions") => ChatAsync(context, tenant),
                ("POST", "/v1/completions") => CompleteAsync(context, tenant),
                ("GET", "/v1/models") => context.Response.WriteAsJsonAsync(new OpenAiList([Describe()]), OpenAiJson.Default.OpenAiList),
                ("GET", { } named) when named == $"/v1/models/{model.Name}" => context.Response.WriteAsJsonAsync(Describe(), OpenAiJson.Default.OpenAiModel),
                _ => throw new RefusedException(StatusCode.NotFound, "No such path is served here; use POST /v1/chat/completions, POST /v1/completions or GET /v1/models."),
            });
        }
        catch (RefusedException e) when (!context.Response.HasStarted)
        {
            var method = path is "/v1/chat/completions" ? "ChatCompletions" : path is "/v1/completions" ? "Completions" : "Models";
            metrics.OnRequestEnded(method, Outcomes.Of(e.Code));
            audit.OnCallEnded(tenant, method, TenantGate.PeerOf(context), Outcomes.Of(e.Code));
            await OpenAiErrors.WriteAsync(context.Response, e);
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            LogFailed(e);
            await OpenAiErrors.WriteAsync(context.Response, new RefusedException(StatusCode.Internal, "The gateway failed; its log says why."));
        }
    }

    private async Task ChatAsync(HttpContext context, Tenant tenant)
    {
        var (request, form) = await ReadAsync(context.Request, OpenAiRequests.ReadChat);
        var answer = new OpenAiAnswer(context.Response, form, model.Tokenizer, isChat: true, time.GetUtcNow().ToUnixTimeSeconds());
        await generation.HandleAsync("ChatCompletions", tenant, most => parser.Parse(request, tenant, most), answer, new HttpCall(context));
        await answer.EndAsync();
    }

    private async Task CompleteAsync(HttpContext context, Tenant tenant)
    {
        var (request, form) = await ReadAsync(context.Request, OpenAiRequests.ReadCompletion);
        var answer = new OpenAiAnswer(context.Response, form, model.Tokenizer, isChat: false, time.GetUtcNow().ToUnixTimeSeconds());
        await generation.HandleAsync("Completions", tenant, most => parser.Parse(request, tenant, most), answer, new HttpCall(context));
        await answer.EndAsync();
    }

    private OpenAiModel Describe() => new(model.Name, "model", 0, "baichuan", topology.Current.Topology?.MaxContext ?? model.Config.MaxPositions);

    private async Task<T> ReadAsync<T>(HttpRequest request, Func<JsonElement, T> read)
    {
        using var body = new MemoryStream();
        try
        {
            await CopyAsync(request, body);
            using var json = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
            return json.RootElement.ValueKind == JsonValueKind.Object ? read(json.RootElement) : throw RefusedException.Invalid($"The body is no JSON object.");
        }
        catch (IOException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            throw RefusedException.Invalid($"The body is cut off, or not as long as its head or its chunks say.");
        }
        catch (JsonException e)
        {
            // Not its message, which may repeat what stands there.
            throw RefusedException.Invalid($"The body is no JSON: look at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            // Kinds of values are looked at before them, so this is left.
            throw RefusedException.Invalid($"A text of the body is no Unicode: it has bytes that are no UTF-8, or half of a surrogate pair.");
        }
    }

    private async Task CopyAsync(HttpRequest request, MemoryStream body)
    {
        if (request.ContentLength > options.MaxRequestBytes)
            throw TooLarge();
        var buffer = new byte[16 << 10];
        for (int read; (read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > options.MaxRequestBytes)
                throw TooLarge();
        }
    }

    private RefusedException TooLarge() => new(
        StatusCode.ResourceExhausted, string.Create(CultureInfo.InvariantCulture, $"The body is larger than {options.MaxRequestBytes} bytes (MaxRequestBytes)."));

    [LoggerMessage(LogLevel.Error, "A request over HTTP failed inside the gateway.")]
    private partial void LogFailed(Exception exception);
}
