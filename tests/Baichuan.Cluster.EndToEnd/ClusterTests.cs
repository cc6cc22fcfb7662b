using System.Text.Json;
using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>Two stages of two ranks in four silo processes, and a gateway: what the demo shows, by its promises.</summary>
public sealed class ClusterTests(ClusterTests.FourSilos fixture) : IClassFixture<ClusterTests.FourSilos>
{
    private readonly EmbeddedCluster _cluster = fixture.Cluster;

    [Fact]
    public async Task The_topology_names_four_processes_with_a_shard_each()
    {
        var topology = await _cluster.Cluster.GetTopologyAsync(new GetTopologyRequest());

        var replica = Assert.Single(topology.Replicas);
        Assert.Equal(ReplicaState.Ready, replica.State);
        Assert.Equal([(0, 0), (0, 1), (1, 0), (1, 1)], replica.Shards.Select(shard => (shard.Stage, shard.Rank)));
        Assert.Equal(4, replica.Shards.Select(shard => shard.ProcessId).Distinct().Count());
        Assert.DoesNotContain(_cluster.Server.Id, replica.Shards.Select(shard => shard.ProcessId));
    }

    [Fact]
    public async Task Greedy_answers_follow_the_reference()
    {
        using var golden = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "data", "demo", "golden.json")));
        foreach (var golden1 in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            var expected = golden1.GetProperty("greedy").EnumerateArray().Select(token => token.GetInt32()).ToArray();
            var answer = await Answer.ReadAsync(_cluster.Inference.Chat(Questions.Greedy(golden1.GetProperty("question").GetString()!, expected.Length)));

            // Near ties may fall differently in f32 after a while; the first words never.
            Assert.Equal(expected.Take(12), answer.Tokens.Take(12));
            Assert.Equal(golden1.GetProperty("prompt").GetArrayLength(), answer.Started.PromptTokens);
        }
    }

    [Fact]
    public async Task Many_streams_at_once_get_the_answers_that_they_get_alone()
    {
        string[] questions = ["What is diabetes?", "What are the symptoms of Glaucoma?", "How is asthma treated?", "What causes anemia?"];
        var alone = new List<Answer>();
        foreach (var (question, index) in questions.Select((question, index) => (question, index)))
            alone.Add(await Answer.ReadAsync(_cluster.Inference.Chat(Questions.Sampled(question, 40, (ulong)index))));

        var together = await Task.WhenAll(questions.Select((question, index) => Answer.ReadAsync(_cluster.Inference.Chat(Questions.Sampled(question, 40, (ulong)index)))));

        Assert.Equal(alone.Select(answer => answer.Text), together.Select(answer => answer.Text));
        Assert.All(together, answer => Assert.Equal(FinishReason.Length, answer.Finished.Reason));
        Assert.All(together, answer => Assert.Equal(40, answer.Finished.Usage.CompletionTokens));
    }

    [Fact]
    public async Task A_request_repeated_while_it_runs_gets_the_same_answer_and_its_id_is_refused_to_another()
    {
        var request = Questions.Sampled("What is diabetes?", 200, seed: 1);
        request.Sampling.ClearSeed(); // it follows from the id
        request.RequestId = $"{Guid.NewGuid():N}";
        var (repeated, refused) = (new TaskCompletionSource<Answer>(), new TaskCompletionSource<RpcException>());
        var other = request.Clone();
        other.Sampling.MaxTokens++;

        var answer = await Answer.ReadAsync(_cluster.Inference.Chat(request), soFar =>
        {
            if (soFar.Tokens.Count > 1 || repeated.Task.IsCompleted)
                return;
            _ = Answer.ReadAsync(_cluster.Inference.Chat(request)).ContinueWith(again => repeated.TrySetResult(again.Result), TaskScheduler.Default);
            _ = Answer.ReadAsync(_cluster.Inference.Chat(other)).ContinueWith(failed => refused.TrySetResult((RpcException)failed.Exception!.InnerException!), TaskScheduler.Default);
        });

        Assert.Equal(StatusCode.AlreadyExists, (await refused.Task.WaitAsync(TimeSpan.FromSeconds(30))).StatusCode);
        Assert.Equal((answer.Text, answer.Started.Seed), ((await repeated.Task.WaitAsync(TimeSpan.FromSeconds(30))).Text, (await repeated.Task).Started.Seed));
    }

    [Fact]
    public async Task A_stop_string_ends_the_text_before_it()
    {
        var request = Questions.Greedy("What is diabetes?", 60);
        var whole = await Answer.ReadAsync(_cluster.Inference.Chat(request));
        var stop = whole.Text[10..18];
        request.Sampling.Stop.Add(stop);

        var cut = await Answer.ReadAsync(_cluster.Inference.Chat(request));

        Assert.Equal(FinishReason.Stop, cut.Finished.Reason);
        Assert.Equal(whole.Text[..whole.Text.IndexOf(stop, StringComparison.Ordinal)], cut.Text);
    }

    [Fact]
    public async Task A_cancelled_client_leaves_nothing_behind()
    {
        using var cancel = new CancellationTokenSource();
        var call = _cluster.Inference.Chat(Questions.Sampled("What is diabetes?", 1500, 1), cancellationToken: cancel.Token);
        await Assert.ThrowsAsync<RpcException>(() => Answer.ReadAsync(call, _ => cancel.Cancel()));

        await IdleAsync();
    }

    [Fact]
    public async Task A_deadline_ends_a_stream()
    {
        var request = Questions.Sampled("What is diabetes?", 1900, 1);
        var failure = await Record.ExceptionAsync(async () =>
        {
            var answer = await Answer.ReadAsync(_cluster.Inference.Chat(request, deadline: DateTime.UtcNow.AddSeconds(1)));
            Assert.Equal(FinishReason.Deadline, answer.Finished.Reason);
        });

        // The last event and the client's own deadline race on the wire; either way it is a deadline.
        Assert.True(failure is null or RpcException { StatusCode: StatusCode.DeadlineExceeded }, failure?.ToString());
        await IdleAsync();
    }

    [Theory]
    [InlineData("baichuan_gateway_requests_total")]
    [InlineData("baichuan_gateway_time_to_first_token_seconds")]
    public async Task The_gateway_publishes_metrics(string name)
    {
        await Answer.ReadAsync(_cluster.Inference.Chat(Questions.Greedy("What is diabetes?", 4)));
        using var http = new HttpClient();

        var text = await http.GetStringAsync($"http://127.0.0.1:{_cluster.MetricsPort}/metrics");

        Assert.Contains(name, text);
        Assert.DoesNotContain("diabetes", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Nothing_that_was_asked_or_answered_is_in_the_logs()
    {
        var answer = await Answer.ReadAsync(_cluster.Inference.Chat(Questions.Greedy("Does hypertension hurt?", 30)));

        Assert.DoesNotContain("hypertension", _cluster.Server.Log, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(answer.Text[..20], _cluster.Server.Log, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    [Trait("Category", "Tool")]
    public async Task A_client_in_another_language_that_learns_the_service_by_reflection_reads_the_same_stream()
    {
        Tools.RequirePythonGrpc();
        var expected = await Answer.ReadAsync(_cluster.Inference.Chat(Questions.Greedy("What is diabetes?", 24)));
        await using var python = new ChildProcess(Tools.Python,
        [
            Path.Combine(AppContext.BaseDirectory, "Clients", "chat.py"), $"127.0.0.1:{_cluster.GrpcPort}", "What is diabetes?", "24",
        ]);
        Assert.True(await python.ExitAsync(TimeSpan.FromSeconds(60)) == 0, python.Log);

        var events = python.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal("started", events[0].GetProperty("event").GetString());
        Assert.Equal("FINISH_REASON_LENGTH", events[^1].GetProperty("reason").GetString());
        Assert.Equal(expected.Text, string.Concat(events[1..^1].Select(tokens => tokens.GetProperty("text").GetString())));
    }

    private async Task IdleAsync()
    {
        using var most = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var replica = Assert.Single((await _cluster.Cluster.GetTopologyAsync(new GetTopologyRequest(), cancellationToken: most.Token)).Replicas);
            if (replica.Running == 0 && replica.Waiting == 0 && replica.GlobalBlocks.Used == 0 && replica.SlidingBlocks.Used == 0)
                return;
        }
    }

    public sealed class FourSilos : IAsyncLifetime
    {
        internal EmbeddedCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Cluster = await EmbeddedCluster.StartAsync("--silos", "4", "--slots", "1", "--tensor-parallel", "2", "--pipeline-parallel", "2");

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
