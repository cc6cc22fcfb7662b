using System.ClientModel;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Baichuan.Cluster.EndToEnd.Processes;
using OpenAI;
using OpenAI.Chat;
using TokenLogprobs = Baichuan.V1.TokenLogprobs;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>The OpenAI-compatible port, through OpenAI's own clients for .NET and JavaScript and by hand.</summary>
public sealed class OpenAiTests(OpenAiTests.OneCluster running) : IClassFixture<OpenAiTests.OneCluster>
{
    private const string Question = "What is diabetes?";
    private const int MaxTokens = 24;
    private readonly EmbeddedCluster _cluster = running.Cluster;
    private readonly HttpClient _http = running.Http;

    private Uri Api => new($"http://127.0.0.1:{running.Port}/v1");

    [Fact]
    public async Task OpenAIs_client_for_NET_reads_the_same_answer_whole_and_in_a_stream()
    {
        var expected = await Answer.ReadAsync(_cluster.Inference.Chat(Greedy()));
        var client = new ChatClient("demo", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = Api });
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = MaxTokens };

        var whole = (await client.CompleteChatAsync([new UserChatMessage(Question)], options)).Value;
        Assert.Equal(expected.Text, whole.Content[0].Text);
        Assert.Equal(ChatFinishReason.Length, whole.FinishReason);
        Assert.Equal((expected.Started.PromptTokens, MaxTokens), (whole.Usage.InputTokenCount, whole.Usage.OutputTokenCount));

        var (text, last) = ("", (ChatFinishReason?)null);
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage(Question)], options))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            last = update.FinishReason ?? last;
        }

        Assert.Equal(expected.Text, text);
        Assert.Equal(ChatFinishReason.Length, last);
    }

    [Fact]
    public async Task OpenAIs_client_for_NET_reads_how_likely_tokens_are_whole_and_in_a_stream()
    {
        var greedy = Greedy();
        greedy.Sampling.Logprobs = 3;
        var expected = new List<TokenLogprobs>();
        using (var call = _cluster.Inference.Chat(greedy))
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                if (call.ResponseStream.Current.Tokens is { } tokens)
                    expected.AddRange(tokens.Logprobs);
            }
        }

        var client = new ChatClient("demo", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = Api });
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = MaxTokens, IncludeLogProbabilities = true, TopLogProbabilityCount = 3, EndUserId = "somebody" };
        var whole = (await client.CompleteChatAsync([new UserChatMessage(Question)], options)).Value;
        AssertLikely(whole.ContentTokenLogProbabilities, whole.Content[0].Text);
        var (streamed, text) = (new List<ChatTokenLogProbabilityDetails>(), "");
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage(Question)], options))
        {
            streamed.AddRange(update.ContentTokenLogProbabilities);
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
        }

        AssertLikely(streamed, text);

        void AssertLikely(IReadOnlyList<ChatTokenLogProbabilityDetails> said, string answer)
        {
            Assert.Equal(expected.Select(token => token.Logprob), said.Select(token => token.LogProbability));
            Assert.Equal(answer, System.Text.Encoding.UTF8.GetString([.. said.SelectMany(token => token.Utf8Bytes!.Value.ToArray())]).Trim());
            Assert.Equal(expected.Select(token => token.Top.Select(top => top.Logprob)), said.Select(token => token.TopLogProbabilities.Select(top => top.LogProbability)));
            Assert.All(said, token => Assert.Contains(token.TopLogProbabilities, top => top.Token == token.Token));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_completion_has_its_tokens_where_they_stand_and_how_likely_they_are(bool streams)
    {
        var body = $$"""{"prompt":"Diabetes is","temperature":0,"repetition_penalty":1,"max_tokens":12,"logprobs":2,"stop":["\n\n"],"stream":{{(streams ? "true" : "false")}}}""";
        var said = await (await _http.PostAsync(new Uri($"{Api}/completions"), new StringContent(body))).Content.ReadAsStringAsync();
        var (text, tokens, offsets, top) = ("", new List<string>(), new List<int>(), new List<double>());
        foreach (var line in streams ? said.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => line[6..]) : [said])
        {
            var choice = JsonDocument.Parse(line).RootElement.GetProperty("choices")[0];
            text += choice.GetProperty("text").GetString();
            if (!choice.TryGetProperty("logprobs", out var logprobs))
                continue;
            tokens.AddRange(logprobs.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!));
            offsets.AddRange(logprobs.GetProperty("text_offset").EnumerateArray().Select(offset => offset.GetInt32()));
            top.AddRange(logprobs.GetProperty("token_logprobs").EnumerateArray().Zip(
                logprobs.GetProperty("top_logprobs").EnumerateArray(), (own, likeliest) => likeliest.EnumerateObject().Max(it => it.Value.GetDouble()) - own.GetDouble()));
        }

        Assert.Equal(12, tokens.Count);
        Assert.Equal(text, string.Concat(tokens));
        Assert.All(tokens.Zip(offsets), token => Assert.Equal(token.First, text.Substring(token.Second, token.First.Length)));
        Assert.All(top, difference => Assert.Equal(0, difference)); // greedy: each is the likeliest
    }

    [Fact]
    public async Task A_stop_string_ends_an_answer_before_it()
    {
        var whole = (await Answer.ReadAsync(_cluster.Inference.Chat(Greedy()))).Text;
        var stop = whole[(whole.Length / 2)..][..3];
        var client = new ChatClient("demo", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = Api });
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = MaxTokens, StopSequences = { stop } };
        var stopped = (await client.CompleteChatAsync([new UserChatMessage(Question)], options)).Value;
        Assert.Equal((ChatFinishReason.Stop, whole[..whole.IndexOf(stop, StringComparison.Ordinal)]), (stopped.FinishReason, stopped.Content[0].Text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Several_choices_have_an_index_a_text_and_an_end_each(bool streams)
    {
        var body = $$"""{"messages":[{"role":"user","content":"{{Question}}"}],"n":3,"seed":7,"temperature":0.8,"max_tokens":{{MaxTokens}},"stream":{{(streams ? "true" : "false")}}}""";
        var text = await (await _http.PostAsync(new Uri($"{Api}/chat/completions"), new StringContent(body))).Content.ReadAsStringAsync();
        var (texts, ends) = (new string[3], new string[3]);
        foreach (var line in streams ? text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => line[6..]) : [text])
        {
            foreach (var choice in JsonDocument.Parse(line).RootElement.GetProperty("choices").EnumerateArray())
            {
                var index = choice.GetProperty("index").GetInt32();
                if (choice.GetProperty(streams ? "delta" : "message").TryGetProperty("content", out var content))
                    texts[index] += content.GetString();
                ends[index] += choice.GetProperty("finish_reason").GetString();
            }
        }

        for (var index = 0; index < 3; index++)
        {
            var alone = Greedy();
            alone.Sampling = new V1.SamplingOptions { Seed = 7 + (ulong)index, Temperature = 0.8f, MaxTokens = MaxTokens };
            var expected = await Answer.ReadAsync(_cluster.Inference.Chat(alone));
            Assert.Equal(expected.Text, texts[index]);
            Assert.Equal(expected.Finished.Reason == V1.FinishReason.Stop ? "stop" : "length", ends[index]);
        }
    }

    [Fact, Trait("Category", "Tool")]
    public async Task OpenAIs_client_for_JavaScript_reads_the_same_answer()
    {
        var modules = Tools.RequireNodeModules();
        var expected = await Answer.ReadAsync(_cluster.Inference.Chat(Greedy()));
        await using var node = new ChildProcess("/usr/bin/env", ["node", Path.Combine(AppContext.BaseDirectory, "Clients", "openai.cjs"), modules, Api.ToString(), Question, $"{MaxTokens}"]);
        Assert.True(await node.ExitAsync(TimeSpan.FromSeconds(60)) == 0, node.Log);

        var said = JsonDocument.Parse(node.Output).RootElement;
        Assert.Equal("demo", said.GetProperty("models")[0].GetString());
        Assert.Equal(expected.Text, said.GetProperty("whole").GetString());
        Assert.Equal(expected.Text, said.GetProperty("streamed").GetString());
        Assert.Equal(expected.Started.PromptTokens, said.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(expected.Text, said.GetProperty("tokens").GetString()!.Trim());
        Assert.NotEqual("", said.GetProperty("completion").GetString());
        Assert.Equal(said.GetProperty("completion").GetString(), said.GetProperty("completionTokens").GetString());
        Assert.Equal(400, said.GetProperty("refused").GetInt32());
    }

    [Theory]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"x"}],"tools":[]}""", "tools")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tool_choice":"auto"}""", "tool_choice")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"functions":[]}""", "functions")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}}""", "response_format")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"modalities":["audio"],"audio":{"voice":"x"}}""", "modalities")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"audio":{"voice":"x"}}""", "audio")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"top_logprobs":2}""", "logprobs is not true")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"logprobs":true,"top_logprobs":21}""", "sampling.logprobs is 21")]
    [InlineData("""{"prompt":"x","echo":true}""", "echo")]
    [InlineData("""{"prompt":"x","suffix":"y"}""", "suffix")]
    [InlineData("""{"prompt":"x","best_of":2}""", "best_of")]
    [InlineData("""{"prompt":"x","logprobs":true}""", "logprobs")]
    [InlineData("""{"model":"other","messages":[{"role":"user","content":"x"}]}""", "not served here")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"temperature":"hot"}""", "temperature")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"temperature":99}""", "temperature")]
    [InlineData("""{"messages":[{"role":"tool","content":"x"}]}""", "role")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}""", "type text")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"n":17}""", "sampling.n")]
    [InlineData("""{"messages":""", "JSON")]
    public async Task What_cannot_be_is_refused_in_their_form(string body, string part)
    {
        var path = body.StartsWith("{\"prompt", StringComparison.Ordinal) ? "completions" : "chat/completions";
        using var response = await _http.PostAsync(new Uri($"{Api}/{path}"), new StringContent(body));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Contains(part, error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Other_paths_are_not_found_and_the_metrics_are_not_here()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync(new Uri($"http://127.0.0.1:{running.Port}/metrics"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync(new Uri($"{Api}/models/other"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(new Uri($"{Api}/models/demo"))).StatusCode);
    }

    private static V1.ChatRequest Greedy() => new()
    {
        Messages = { new V1.ChatMessage { Role = V1.Role.User, Content = Question } },
        Sampling = new V1.SamplingOptions { Temperature = 0, MaxTokens = MaxTokens },
    };

    public sealed class OneCluster : IAsyncLifetime
    {
        internal EmbeddedCluster Cluster { get; private set; } = null!;

        internal HttpClient Http { get; } = new();

        /// <summary>Not among those that the system gives away, as it does for the cluster's other ports a moment later.</summary>
        internal int Port { get; } = Random.Shared.Next(20_000, 30_000);

        public async ValueTask InitializeAsync() => Cluster = await EmbeddedCluster.StartAsync("--http-port", $"{Port}");

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await Cluster.DisposeAsync();
        }
    }
}
