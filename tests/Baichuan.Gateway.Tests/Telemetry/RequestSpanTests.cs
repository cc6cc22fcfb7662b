using System.Diagnostics;
using Baichuan.Gateway.Telemetry;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.Gateway.Tests.Hosting;
using Baichuan.Testing.Spans;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Gateway.Tests.Telemetry;

public sealed class RequestSpanTests
{
    private readonly FakeReplica _replica = new() { CachedTokens = 3 };

    [Fact]
    public async Task A_chat_is_a_span_in_its_clients_trace_and_the_replica_is_told_of_it()
    {
        using var spans = new RecordedSpans(GatewayTracing.SourceName);
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        await AskAsync(gateway, Chats.Ask("What helps against a cold?", 7), spans);

        Assert.Equal(["submit 0", "chat demo"], spans.All.Select(span => span.DisplayName));
        var chat = spans.All[1];
        Assert.Equal((spans.Client, ActivityKind.Server), (chat.ParentSpanId, chat.Kind));
        Assert.Equal(chat.SpanId, spans.All[0].ParentSpanId);
        Assert.Equal(
            ("chat", "demo", "length", 7, 3),
            (chat.GetTagItem("gen_ai.operation.name"), chat.GetTagItem("gen_ai.request.model"), ((string[])chat.GetTagItem("gen_ai.response.finish_reasons")!)[0],
                chat.GetTagItem("gen_ai.usage.output_tokens"), chat.GetTagItem("gen_ai.usage.cache_read.input_tokens")));
        Assert.Equal(chat.Id, Assert.Single(_replica.Submitted).TraceParent);
    }

    [Fact]
    public async Task Nothing_of_what_was_said_is_in_the_trace()
    {
        using var spans = new RecordedSpans(GatewayTracing.SourceName);
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        var request = Chats.Ask("Frau Geheimnis hat Fieber.", 7);
        request.Sampling.Stop.Add("Geheimnis");
        var events = await AskAsync(gateway, request, spans);

        Assert.NotEmpty(spans.All);
        Assert.DoesNotContain("Geheimnis", spans.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(string.Concat(events.Where(e => e.Tokens is not null).Select(e => e.Tokens.Text)), spans.Text, StringComparison.Ordinal);
        Assert.All(events.Where(e => e.Tokens is not null).SelectMany(e => e.Tokens.TokenIds), token => Assert.DoesNotContain($"={token}\n", spans.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_request_is_a_failed_span()
    {
        using var spans = new RecordedSpans(GatewayTracing.SourceName);
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        await Assert.ThrowsAsync<RpcException>(() => AskAsync(gateway, new ChatRequest(), spans));
        var only = Assert.Single(spans.All);
        Assert.Equal((ActivityStatusCode.Error, "refused"), (only.Status, only.GetTagItem("error.type")));
    }

    [Fact]
    public async Task A_request_without_a_trace_begins_one_of_its_own()
    {
        using var spans = new RecordedSpans(GatewayTracing.SourceName);
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        await gateway.Client.ChatAsync(Chats.Ask("What helps against a cold?", 3)).ToListAsync();
        var parent = Assert.Single(_replica.Submitted).TraceParent;
        Assert.True(ActivityContext.TryParse(parent, null, out var context));
        Assert.Equal(ActivityTraceFlags.Recorded, context.TraceFlags);
        Assert.NotEqual(spans.Trace, context.TraceId);
    }

    private static async Task<List<GenerationEvent>> AskAsync(RunningGateway gateway, ChatRequest request, RecordedSpans spans)
    {
        using var call = new Inference.InferenceClient(gateway.Client.Channel).Chat(request, new Metadata { { "traceparent", spans.TraceParent } });
        return await call.ResponseStream.ReadAllAsync().ToListAsync();
    }
}
