using System.Diagnostics;
using Baichuan.Cluster.EndToEnd.Processes;

namespace Baichuan.Cluster.EndToEnd;

public sealed class MetricsTests
{
    [Fact, Trait("Category", "Tool")]
    public async Task Our_metrics_satisfy_promtool_and_have_their_other_names_beside_them()
    {
        Tools.RequirePromTool();
        await using var cluster = await EmbeddedCluster.StartAsync();
        await Answer.ReadAsync(cluster.Inference.Chat(Questions.Greedy("What is diabetes?", 8)));
        using var http = new HttpClient();
        var page = await http.GetStringAsync($"http://127.0.0.1:{cluster.MetricsPort}/metrics");

        Assert.All(
            [
                "num_requests_running", "num_requests_waiting", "kv_cache_usage_perc", "prefix_cache_queries_total", "prefix_cache_hits_total", "num_preemptions_total",
                "prompt_tokens_total", "generation_tokens_total", "request_success_total", "time_to_first_token_seconds_bucket", "inter_token_latency_seconds_bucket",
                "e2e_request_latency_seconds_bucket", "request_queue_time_seconds_bucket", "request_prefill_time_seconds_bucket", "request_decode_time_seconds_bucket",
                "request_inference_time_seconds_bucket", "request_prompt_tokens_bucket", "request_generation_tokens_bucket", "iteration_tokens_total_bucket",
            ],
            series => Assert.Contains($"\nvllm:{series}{{model_name=\"demo\"", page, StringComparison.Ordinal));
        Assert.All(
            ["request_queue_time_seconds", "request_prefill_time_seconds", "request_decode_time_seconds", "request_inference_time_seconds"],
            series => Assert.Contains($"\nvllm:{series}_count{{model_name=\"demo\",engine=\"0\"}} 1\n", page, StringComparison.Ordinal));
        Assert.Equal("", await CheckAsync(string.Concat(page.Split('\n').Where(line => line.Contains("baichuan_", StringComparison.Ordinal)).Select(line => line + '\n'))));

        // The other names have a colon, which the tool minds, and nothing else that it minds.
        var rest = await CheckAsync(string.Concat(page.Split('\n').Where(line => line.Contains("vllm:", StringComparison.Ordinal)).Select(line => line + '\n')));
        Assert.DoesNotContain("error", rest, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> CheckAsync(string page)
    {
        using var tool = Process.Start(new ProcessStartInfo(Tools.PromTool, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        await tool.StandardInput.WriteAsync(page);
        tool.StandardInput.Close();
        var output = await tool.StandardOutput.ReadToEndAsync() + await tool.StandardError.ReadToEndAsync();
        await tool.WaitForExitAsync();
        return output;
    }
}
