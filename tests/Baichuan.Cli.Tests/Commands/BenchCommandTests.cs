using System.Text.Json;
using System.Xml.Linq;
using Baichuan.Cli.Tests.Fakes;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Commands;

public sealed class BenchCommandTests : IDisposable
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("baichuan-bench-tests-").FullName;

    [Fact]
    public async Task A_bench_reports_what_it_sent_as_tables_JSON_and_a_plot()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = Events.Writing(Events.Answer("a", "b", "c"));
        using var cli = new CliRun();
        var (json, plot) = (Path.Combine(_folder, "report.json"), Path.Combine(_folder, "plot.svg"));

        var code = await cli.RunAsync(
            "bench", "--address", gateway.Address, "--num-prompts", "8", "--request-rate", "200", "--burstiness", "2", "--max-concurrency", "4", "--input-len", "7",
            "--output-len", "3", "--warmup", "2", "--seed", "5", "--slo", "ttft:60000,tpot:60000", "--json", json, "--plot", plot);

        Assert.Equal(0, code);
        Assert.All(["8 of 8 completed", "8 of 8 met TTFT ≤ 60000 ms, TPOT ≤ 60000 ms", "TTFT", "ITL"], word => Assert.Contains(word, cli.Output, StringComparison.Ordinal));
        Assert.Contains("of 8 requests ended", cli.Error, StringComparison.Ordinal);
        Assert.Equal(10, gateway.Inference.GenerateRequests.Count);
        Assert.All(gateway.Inference.GenerateRequests, request =>
        {
            Assert.Equal(7, request.TokenIds.Ids.Count);
            Assert.All(request.TokenIds.Ids, token => Assert.InRange(token, 0, 511));
            Assert.Equal((3, 3, true), (request.Sampling.MaxTokens, request.Sampling.MinTokens, request.Sampling.IgnoreEos));
        });
        var report = JsonDocument.Parse(await File.ReadAllTextAsync(json)).RootElement;
        Assert.Equal(("demo", Topologies.Profile, gateway.Address), (Text(report, "model"), Text(report, "profile_id"), Text(report, "gateway")));
        Assert.Equal((8, 24), (report.GetProperty("requests").GetProperty("completed").GetInt32(), report.GetProperty("tokens").GetProperty("output").GetInt32()));
        Assert.Equal((4, 2), (report.GetProperty("inputs").GetProperty("max_concurrency").GetInt32(), report.GetProperty("inputs").GetProperty("warmup").GetInt32()));
        Assert.InRange(report.GetProperty("concurrency").GetProperty("peak").GetInt32(), 1, 4);
        Assert.True(report.GetProperty("latency_ms").GetProperty("e2e").GetProperty("p99").GetDouble() > 0);
        Assert.Equal("svg", XDocument.Load(plot).Root!.Name.LocalName);
    }

    [Fact]
    public async Task JSON_without_a_file_is_all_of_the_output()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("bench", "--json", "--address", gateway.Address, "--num-prompts", "2", "--input-len", "uniform:1..5", "--output-len", "1"));

        var report = JsonDocument.Parse(cli.Output).RootElement;
        Assert.Equal((1, JsonValueKind.Null), (report.GetProperty("version").GetInt32(), report.GetProperty("inputs").GetProperty("request_rate").ValueKind));
    }

    [Fact]
    public async Task Conversations_send_their_history()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = Events.Writing(Events.Answer("a", "b"));
        using var cli = new CliRun();

        await cli.RunAsync(
            "bench", "--workload", "multi-turn", "--turns", "3", "--think-time", "0", "--num-prompts", "1", "--input-len", "10", "--output-len", "2", "--address", gateway.Address);

        Assert.Equal([10, 22, 34], gateway.Inference.GenerateRequests.Select(request => request.TokenIds.Ids.Count));
    }

    [Theory]
    [InlineData(StatusCode.ResourceExhausted, 0, "2 refused (RESOURCE_EXHAUSTED), 0 failed")]
    [InlineData(StatusCode.Unavailable, 1, "0 refused (RESOURCE_EXHAUSTED), 2 failed")]
    public async Task Refusals_are_an_answer_to_load_and_other_failures_fail_the_command(StatusCode status, int exitCode, string counts)
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = Events.Refusing(status, "Not now.");
        using var cli = new CliRun();

        Assert.Equal(exitCode, await cli.RunAsync("bench", "--num-prompts", "2", "--address", gateway.Address));

        Assert.Contains(counts, cli.Output, StringComparison.Ordinal);
        Assert.Equal(exitCode == 1, cli.Output.Contains("2 UNAVAILABLE, such as: Not now.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_warm_up_that_fails_measures_nothing()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = Events.Refusing(StatusCode.Unavailable, "No replica is ready.");
        using var cli = new CliRun();

        Assert.Equal(1, await cli.RunAsync("bench", "--warmup", "1", "--num-prompts", "5", "--address", gateway.Address));

        Assert.Single(gateway.Inference.GenerateRequests);
        Assert.Equal("A warm-up request failed, so nothing was measured. Unavailable: No replica is ready.\n", cli.Error);
    }

    [Fact]
    public async Task A_plan_that_does_not_fit_the_model_is_refused_before_anything_is_sent()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new CliRun();

        Assert.Equal(2, await cli.RunAsync("bench", "--input-len", "2000", "--output-len", "49", "--address", gateway.Address));

        Assert.Contains("The longest request would have 2,049 tokens with its answer; the context of demo is 2,048.", cli.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Inference.GenerateRequests);
    }

    [Fact]
    public async Task An_interrupt_ends_the_run_and_reports_what_there_is()
    {
        await using var gateway = await FakeGateway.StartAsync();
        var (inFlight, count) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        gateway.Inference.Script = async (stream, cancellationToken) =>
        {
            if (Interlocked.Increment(ref count) == 1)
            {
                await Events.Writing(Events.Answer("yes"))(stream, cancellationToken);
                return;
            }

            inFlight.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
        using var cli = new CliRun();
        var run = cli.RunAsync("bench", "--num-prompts", "5", "--max-concurrency", "1", "--address", gateway.Address);
        await inFlight.Task.WaitAsync(SafetyNet);

        cli.Interrupts.Interrupt();

        Assert.Equal(130, await run.WaitAsync(SafetyNet));
        Assert.Contains("1 of 5 completed", cli.Output, StringComparison.Ordinal);
        Assert.Contains("0 refused (RESOURCE_EXHAUSTED), 0 failed, 1 interrupted, 3 not sent", cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_that_takes_no_output_holds_up_no_request()
    {
        await using var gateway = await FakeGateway.StartAsync();
        var terminal = new StuckWriter();
        var (answered, count) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        gateway.Inference.Script = async (stream, cancellationToken) =>
        {
            await terminal.Entered;
            await Events.Writing(Events.Answer("yes"))(stream, cancellationToken);
            if (Interlocked.Increment(ref count) == 20)
                answered.SetResult();
        };
        using var cli = new CliRun { ErrorWriter = terminal };

        var run = cli.RunAsync("bench", "--num-prompts", "20", "--max-concurrency", "2", "--address", gateway.Address);
        await answered.Task.WaitAsync(SafetyNet);
        terminal.Release();

        Assert.Equal(0, await run.WaitAsync(SafetyNet));
        Assert.Contains("20 of 20 completed", cli.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--num-prompts: it is 0, and has to be at least 1.", "--num-prompts", "0")]
    [InlineData("--request-rate: '-3' is not a number that fits.", "--request-rate", "-3")]
    [InlineData("--request-rate: it is 0, and has to be above 0.", "--request-rate", "0")]
    [InlineData("--request-rate: it is 0.0001 per second, and has to be at least 0.001, or inf.", "--request-rate", "0.0001")]
    [InlineData("--burstiness: 'high' is not a number that fits.", "--burstiness", "high")]
    [InlineData("--input-len: it is 0 tokens, and has to be at least 1.", "--input-len", "0")]
    [InlineData("--output-len: the least of 'uniform:0..4' is 0 tokens, and has to be at least 1.", "--output-len", "uniform:0..4")]
    [InlineData("--input-len: In 'uniform:9..3' the lower bound 9 is above the upper bound 3.", "--input-len", "uniform:9..3")]
    [InlineData("--slo: 'itl:5' is no objective.", "--slo", "itl:5")]
    [InlineData("--workload: 'chat' is no workload; they are random, shared-prefix and multi-turn.", "--workload", "chat")]
    [InlineData("--turns is for --workload multi-turn: choose that, or leave --turns out.", "--turns", "2")]
    [InlineData("--prefix-len is for --workload shared-prefix: choose that, or leave --prefix-len out.", "--prefix-len", "2")]
    public async Task An_input_that_makes_no_sense_is_refused_with_a_sentence(string sentence, params string[] arguments)
    {
        using var cli = new CliRun();

        Assert.Equal(2, await cli.RunAsync(["bench", .. arguments]));

        Assert.Contains(sentence, cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Output);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
