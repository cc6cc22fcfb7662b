using System.Diagnostics;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tenants;
using Baichuan.V1;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.Telemetry;

/// <summary>
/// The span of a generating request, named by OpenTelemetry's conventions for generative AI; what the request does inside of it is a child. It says how a request was, never what: no
/// prompts, no completions, no token ids. Costs nothing where nobody listens.
/// </summary>
internal sealed class RequestSpan : IDisposable
{
    private readonly Activity? _outer;
    private readonly Activity? _span;

    private RequestSpan(Activity? outer, Activity? span) => (_outer, _span) = (outer, span);

    /// <summary>Begins the span in the caller's context, as a child of the one that the client names by W3C's header, if it does.</summary>
    public static RequestSpan Begin(string method, string model, Tenant tenant, IHeaderDictionary headers)
    {
        var outer = Activity.Current;
        if (!GatewayTracing.Source.HasListeners())
            return new RequestSpan(outer, null);
        ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var client);
        Activity.Current = null; // the web server's own, which is not exported: a child of it would be an orphan
        var operation = method.StartsWith("Chat", StringComparison.Ordinal) ? "chat" : "text_completion";
        var span = GatewayTracing.Source.StartActivity($"{operation} {model}", ActivityKind.Server, client);
        span?.SetTag("gen_ai.operation.name", operation);
        span?.SetTag("gen_ai.provider.name", "baichuan");
        span?.SetTag("gen_ai.request.model", model);
        span?.SetTag("baichuan.tenant", tenant.Name);
        return new RequestSpan(outer, span);
    }

    public void OnAccepted(GenerationRequest request, string profile)
    {
        if (_span is null)
            return;
        _span.SetTag("gen_ai.request.max_tokens", request.MaxTokens);
        _span.SetTag("gen_ai.request.temperature", request.Sampling.Temperature);
        _span.SetTag("gen_ai.request.top_p", request.Sampling.TopP);
        _span.SetTag("gen_ai.request.top_k", request.Sampling.TopK);
        _span.SetTag("gen_ai.request.seed", unchecked((long)request.Sampling.Seed));
        _span.SetTag("gen_ai.response.id", request.Id);
        _span.SetTag("gen_ai.usage.input_tokens", request.Prompt.Length);
        _span.SetTag("baichuan.class", request.Class.ToString().ToLowerInvariant());
        _span.SetTag("baichuan.profile", profile);
    }

    public void OnFirstToken() => _span?.AddEvent(new ActivityEvent("first token"));

    public void OnFinished(FinishReason reason, int completionTokens, int cachedTokens)
    {
        if (_span is null)
            return;
        var word = reason.ToString().ToLowerInvariant();
        _span.SetTag("gen_ai.response.finish_reasons", new[] { word });
        _span.SetTag("gen_ai.usage.output_tokens", completionTokens);
        _span.SetTag("gen_ai.usage.cache_read.input_tokens", cachedTokens);
        if (reason == FinishReason.Error)
            Fail(word);
    }

    /// <summary>The request ended by an exception: it was not accepted.</summary>
    public void OnRefused() => Fail("refused");

    public void Dispose()
    {
        _span?.Dispose();
        Activity.Current = _outer;
    }

    private void Fail(string type)
    {
        _span?.SetTag("error.type", type);
        _span?.SetStatus(ActivityStatusCode.Error);
    }
}
