using System.Diagnostics;
using Baichuan.Cluster.EndToEnd.Processes;
using Grpc.Core;

namespace Baichuan.Cluster.EndToEnd;

public sealed class TracingTests
{
    private const int Tokens = 48;

    [Fact]
    public async Task A_request_is_one_trace_through_gateway_and_silos_of_few_spans_and_without_what_was_said()
    {
        await using var receiver = new SpanReceiver();
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        };
        var (trace, client) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        Answer answer;
        await using (var cluster = await EmbeddedCluster.StartAsync(environment, "--silos", "2", "--tensor-parallel", "2"))
        {
            var headers = new Metadata { { "traceparent", $"00-{trace}-{client}-01" } };
            answer = await Answer.ReadAsync(cluster.Inference.Chat(Questions.Sampled("Is cystic fibrosis inherited?", Tokens, 7), headers));
        }

        // The end of the processes has sent what was left. Spans by their names, each once, however many tokens there were.
        var spans = receiver.Spans.Where(span => span.Trace == trace.ToHexString()).ToDictionary(span => span.Name);
        Assert.Equal(["chat demo", "decode", "prefill", "queue", "submit 0"], spans.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(client.ToHexString(), spans["chat demo"].Parent);
        Assert.All(spans.Values.Where(span => span.Name != "chat demo"), span => Assert.Equal(spans["chat demo"].Id, span.Parent));
        Assert.Contains("gen_ai.usage.output_tokens", spans["chat demo"].Attributes);
        Assert.Contains("baichuan.step.transfer_seconds", spans["decode"].Attributes);

        Assert.Equal(Tokens, answer.Tokens.Count);
        Assert.DoesNotContain("cystic", receiver.AllText, StringComparison.OrdinalIgnoreCase);
        Assert.All(answer.Text.Split(' ').Where(word => word.Length > 8), word => Assert.DoesNotContain(word, receiver.AllText, StringComparison.Ordinal));
    }
}
