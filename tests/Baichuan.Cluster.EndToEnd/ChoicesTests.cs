using System.Globalization;
using System.Text.RegularExpressions;
using Baichuan.Client;
using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.V1;

namespace Baichuan.Cluster.EndToEnd;

public sealed class ChoicesTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("2", "2")]
    public async Task Choices_share_the_prompts_blocks_and_each_has_the_bytes_of_its_seed(string tensor, string pipeline)
    {
        await using var cluster = await EmbeddedCluster.StartAsync("--tensor-parallel", tensor, "--pipeline-parallel", pipeline, "--max-sequences", "8");
        using var client = new BaichuanClient(new Uri($"http://127.0.0.1:{cluster.GrpcPort}"));
        var request = new GenerateRequest
        {
            TokenIds = new TokenIds { Ids = { Enumerable.Range(0, 200).Select(i => 300 + (i * 7 % 3000)) } },
            Sampling = new SamplingOptions { Temperature = 0.9f, Seed = ulong.MaxValue - 1, MaxTokens = 20, N = 4, PromptLogprobs = 0, IgnoreEos = true },
        };
        var events = new List<GenerationEvent>();
        await foreach (var e in client.GenerateAsync(request))
            events.Add(e);

        Assert.Single(events, e => e.Prompt is not null);
        Assert.Equal(4, events.Count(e => e.ChoiceFinished is not null));
        Assert.Equal((FinishReason.Length, 80), (events[^1].Finished.Reason, events[^1].Finished.Usage.CompletionTokens));
        using var http = new HttpClient();
        var page = await http.GetStringAsync($"http://127.0.0.1:{cluster.MetricsPort}/metrics");
        var hits = double.Parse(Regex.Match(page, @"^vllm:prefix_cache_hits_total\{.*\} (\S+)$", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Equal(3 * 192, hits); // all whole blocks of 16, for each choice but the first
        request.Sampling.ClearPromptLogprobs();
        for (var choice = 0; choice < 4; choice++)
        {
            var alone = request.Clone();
            alone.Sampling.ClearN();
            alone.Sampling.Seed = unchecked(request.Sampling.Seed + (ulong)choice);
            var expected = await Answer.ReadAsync(cluster.Inference.Generate(alone));
            Assert.Equal(expected.Tokens, events.Where(e => e.Tokens is not null && e.Choice == choice).SelectMany(e => e.Tokens.TokenIds));
            Assert.Equal(expected.Text, string.Concat(events.Where(e => e.Tokens is not null && e.Choice == choice).Select(e => e.Tokens.Text)));
        }
    }
}
