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
            ["vllm:num_requests_running{", "vllm:kv_cache_usage_perc{", "vllm:generation_tokens_total{", "vllm:time_to_first_token_seconds_bucket{"],
            series => Assert.Contains($"\n{series}model_name=\"demo\"", page, StringComparison.Ordinal));
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
