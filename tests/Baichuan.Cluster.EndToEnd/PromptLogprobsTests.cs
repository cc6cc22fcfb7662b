using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cluster.EndToEnd;

public sealed class PromptLogprobsTests
{
    [Fact]
    public async Task A_prompt_is_scored_as_its_own_continuation_was_whatever_is_cached()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("--tensor-parallel", "2", "--max-batch-rows", "16", "--max-sequences", "4");
        var request = new GenerateRequest { Text = "Diabetes is", Sampling = new SamplingOptions { Temperature = 0, RepetitionPenalty = 1, MaxTokens = 40, Logprobs = 0, IgnoreEos = true } };
        var (generated, prompt) = await ReadAsync(cluster.Inference.Generate(request));
        Assert.Empty(prompt);
        var start = (await cluster.Inference.TokenizeAsync(new TokenizeRequest { Text = request.Text })).TokenIds;

        var again = new GenerateRequest { TokenIds = new TokenIds { Ids = { start, generated.Select(token => token.Id) } }, Sampling = new SamplingOptions { MaxTokens = 3, PromptLogprobs = 1 } };
        for (var time = 0; time < 2; time++) // the second finds everything in the cache
        {
            var (_, scored) = await ReadAsync(cluster.Inference.Generate(again));
            Assert.Equal(again.TokenIds.Ids.Skip(1), scored.Select(token => token.Id));
            Assert.Equal(generated.Select(token => token.Logprob), scored.Skip(start.Count - 1).Select(token => token.Logprob)); // bit by bit
        }
    }

    private static async Task<(List<(int Id, float Logprob)> Generated, List<(int Id, float Logprob)> Prompt)> ReadAsync(AsyncServerStreamingCall<GenerationEvent> call)
    {
        var (generated, prompt) = (new List<(int, float)>(), new List<(int, float)>());
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            if (message.Tokens is { } tokens && tokens.Logprobs.Count > 0)
                generated.AddRange(tokens.TokenIds.Zip(tokens.Logprobs, (id, logprobs) => (id, logprobs.Logprob)));
            if (message.Prompt is { } scores)
            {
                Assert.Empty(generated);
                Assert.All(scores.Logprobs, logprobs => Assert.Single(logprobs.Top));
                prompt.AddRange(scores.TokenIds.Zip(scores.Logprobs, (id, logprobs) => (id, logprobs.Logprob)));
            }
        }

        return (generated, prompt);
    }
}
