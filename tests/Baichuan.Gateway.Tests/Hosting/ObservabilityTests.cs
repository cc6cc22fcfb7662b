using System.Net;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Gateway.Tests.Hosting;

public sealed class ObservabilityTests
{
    private readonly FakeCluster _cluster = new(new FakeReplica());

    [Fact]
    public async Task Metrics_count_what_happened_on_a_port_of_their_own()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        await gateway.Client.ChatAsync(Chats.Ask("How much water a day?", 7)).ToListAsync();
        await Assert.ThrowsAsync<RpcException>(async () => await gateway.Client.GenerateAsync(new GenerateRequest()).ToListAsync());
        await gateway.Client.TokenizeAsync("x");

        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri(gateway.MetricsAddress, "/metrics"));
        foreach (var line in (string[])
        [
            "baichuan_gateway_requests_total{method=\"Chat\",outcome=\"length\"} 1",
            "baichuan_gateway_requests_total{method=\"Generate\",outcome=\"invalid_argument\"} 1",
            "baichuan_gateway_requests_total{method=\"Tokenize\",outcome=\"ok\"} 1",
            "baichuan_gateway_completion_tokens_total 7",
            "baichuan_gateway_time_to_first_token_seconds_count 1",
            "baichuan_gateway_inter_token_latency_seconds_count 6",
            "baichuan_gateway_requests_running 0",
            "baichuan_gateway_replicas_ready 1",
            "baichuan_gateway_request_completion_tokens_sum 7",
            "# TYPE vllm:time_to_first_token_seconds histogram",
            "vllm:time_to_first_token_seconds_bucket{model_name=\"demo\",le=\"+Inf\"} 1",
            "vllm:generation_tokens_total{model_name=\"demo\"} 7",
            "vllm:request_success_total{model_name=\"demo\",finished_reason=\"length\"} 1",
        ])
            Assert.Contains(line, text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(gateway.MetricsAddress, "/"))).StatusCode);
        var overHttp2 = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, "/metrics"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        Assert.Equal(HttpStatusCode.NotFound, (await http.SendAsync(overHttp2)).StatusCode);
    }

    [Fact]
    public async Task The_log_has_a_line_for_a_request_and_nothing_of_what_was_said()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var request = Chats.Ask("Frau Geheimnis hat Fieber.", 7);
        request.RequestId = "ward-7";
        request.Sampling.Stop.Add("Geheimnis");
        var events = await gateway.Client.ChatAsync(request).ToListAsync();
        var refused = new GenerateRequest { Model = "Geheimnis?", Text = "Geheimnis" };
        await Assert.ThrowsAsync<RpcException>(async () => await gateway.Client.GenerateAsync(refused).ToListAsync());

        Assert.Single(gateway.Log.Lines, line => line.StartsWith("Information: Request ward-7 (Chat) finished: Length, ", StringComparison.Ordinal));
        var answer = string.Concat(events.Where(e => e.Tokens is not null).Select(e => e.Tokens.Text));
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("Geheimnis", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains(answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gateway_loads_neither_TorchSharp_nor_an_executor()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        await gateway.Client.ChatAsync(Chats.Ask("Hello.", 3)).ToListAsync();
        var loaded = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name ?? "");
        Assert.DoesNotContain(loaded, name => name.StartsWith("TorchSharp", StringComparison.Ordinal) || name.StartsWith("Baichuan.Compute", StringComparison.Ordinal));
    }
}
