using Baichuan.Cli.Bench.Load;
using Baichuan.Cli.Bench.Planning;
using Baichuan.Cli.Bench.Reporting;
using Baichuan.Cli.Tests.Fakes;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Bench.Load;

public sealed class LoadRunTests
{
    private const int Vocabulary = 300;
    private readonly VirtualTime _time = new();

    [Fact]
    public void Requests_are_sent_when_they_are_due_though_no_answer_came_yet()
    {
        var gateway = new PacedGateway(_time) { ToFirstToken = Seconds(1000) };

        var result = Run(gateway, [.. Enumerable.Range(1, 50).Select(second => Single(Seconds(second), 1))]);

        Assert.Equal(Enumerable.Range(1, 50).Select(second => Seconds(second)), gateway.Requests.Select(request => request.At));
        Assert.All(result.Records, record => Assert.Equal((record.Due, Outcome.Completed), (record.Sent, record.Outcome)));
        Assert.Equal(Seconds(1050), result.Duration);
    }

    [Fact]
    public void A_request_may_be_due_in_a_year()
    {
        var gateway = new PacedGateway(_time);

        Run(gateway, [Single(TimeSpan.FromDays(365), 1)]);

        Assert.Equal(TimeSpan.FromDays(365), Assert.Single(gateway.Requests).At);
    }

    [Fact]
    public void A_stream_is_timed_token_by_token()
    {
        var gateway = new PacedGateway(_time) { ToFirstToken = Milliseconds(300), BetweenTokens = Milliseconds(20) };

        var record = Assert.Single(Run(gateway, [Single(Seconds(2), 4)]).Records);

        Assert.Equal((Seconds(2), Seconds(2)), (record.Due, record.Sent));
        Assert.Equal(Milliseconds(2300), record.FirstToken);
        Assert.Equal([Milliseconds(20), Milliseconds(20), Milliseconds(20)], record.Gaps);
        Assert.Equal(Milliseconds(2360), record.End);
        Assert.Equal(4, record.Usage.CompletionTokens);
    }

    [Fact]
    public void Waiting_for_a_place_is_latency()
    {
        var gateway = new PacedGateway(_time) { ToFirstToken = Seconds(10) };

        var result = Run(gateway, [Single(Seconds(0), 1), Single(Seconds(1), 1), Single(Seconds(2), 1)], maxConcurrency: 2);

        Assert.Equal([Seconds(0), Seconds(1), Seconds(10)], gateway.Requests.Select(request => request.At));
        Assert.Equal([Seconds(10), Seconds(10), Seconds(18)], result.Records.Select(LatencySamples.E2eOf));
        Assert.Equal(new Concurrency(1.5, 2), Concurrency.Of(result));
    }

    /// <summary>A client that measured from when it sends would see 0.1 s whatever the queue.</summary>
    [Fact]
    public void A_single_place_under_a_Poisson_load_takes_as_long_as_queueing_theory_says()
    {
        var (rate, service) = (5.0, 0.1);
        var gateway = new PacedGateway(_time) { ToFirstToken = Seconds(service) };
        var due = Timetable.Create(40_000, rate, 1, new RandomStream(21));

        var result = Run(gateway, [.. due.Select(offset => Single(offset, 1))], maxConcurrency: 1);

        // Pollaczek and Khinchine: an M/D/1 queue waits for load * service / (2 * (1 - load)).
        var load = rate * service;
        var expected = service + load * service / (2 * (1 - load));
        var mean = result.Records.Average(record => LatencySamples.E2eOf(record).TotalSeconds);
        Assert.InRange(mean / expected, 0.97, 1.03);
        // Little's law, of those that are served.
        Assert.InRange(Concurrency.Of(result).Mean / load, 0.99, 1.01);
    }

    [Fact]
    public void A_request_has_the_planned_prompt_and_seed_and_forces_the_length_of_its_answer()
    {
        var gateway = new PacedGateway(_time);
        var turn = new PlannedTurn([new TokenRun(1, 5), new TokenRun(2, 3)], 7, 99, TimeSpan.Zero);

        Run(gateway, [new Arrival(TimeSpan.Zero, [turn])]);

        var expected = new SamplingOptions { Seed = 99, MaxTokens = 7, MinTokens = 7, IgnoreEos = true };
        var request = Assert.Single(gateway.Requests).Request;
        Assert.Equal(Tokens(new TokenRun(1, 5), new TokenRun(2, 3)), request.TokenIds.Ids);
        Assert.Equal(expected, request.Sampling);
    }

    [Fact]
    public void A_turn_sends_the_history_with_the_answers_after_the_time_to_think()
    {
        var gateway = new PacedGateway(_time) { ToFirstToken = Seconds(1), BetweenTokens = Seconds(1) };
        TokenRun[] runs = [new(1, 3), new(2, 4), new(3, 2)];
        var arrival = new Arrival(Seconds(5), [.. runs.Select((run, index) => new PlannedTurn([run], 2, 0, Seconds(10 * index)))]);

        var result = Run(gateway, [arrival]);

        int[] answer = [100, 101];
        Assert.Equal(
            [Tokens(runs[0]), [.. Tokens(runs[0]), .. answer, .. Tokens(runs[1])], [.. Tokens(runs[0]), .. answer, .. Tokens(runs[1]), .. answer, .. Tokens(runs[2])]],
            gateway.Requests.Select(request => request.Request.TokenIds.Ids.ToArray()));
        Assert.Equal([Seconds(5), Seconds(17), Seconds(39)], result.Records.Select(record => record.Due));
        Assert.Equal([Seconds(5), Seconds(17), Seconds(39)], gateway.Requests.Select(request => request.At));
    }

    [Theory]
    [InlineData(StatusCode.ResourceExhausted, Outcome.Refused)]
    [InlineData(StatusCode.Unavailable, Outcome.Failed)]
    [InlineData(StatusCode.Cancelled, Outcome.Failed)]
    internal void A_turn_that_does_not_complete_ends_its_conversation_alone(StatusCode status, Outcome outcome)
    {
        var gateway = new PacedGateway(_time)
        {
            ToFirstToken = Seconds(1),
            Admit = number =>
            {
                if (number == 1)
                    throw new RpcException(new Status(status, "no"));
            },
        };
        PlannedTurn[] turns = [.. Enumerable.Repeat(new PlannedTurn([new TokenRun(1, 1)], 1, 0, Seconds(10)), 3)];

        var result = Run(gateway, [new Arrival(Seconds(0), turns), new Arrival(Seconds(50), turns)]);

        Assert.Equal([Outcome.Completed, outcome, Outcome.Completed, Outcome.Completed, Outcome.Completed], result.Records.Select(record => record.Outcome));
        Assert.Equal(status, result.Records[1].Status.StatusCode);
    }

    [Fact]
    public void An_interrupt_cancels_what_is_in_flight_and_sends_no_more()
    {
        var gateway = new PacedGateway(_time) { ToFirstToken = Seconds(10) };
        using var interrupt = new CancellationTokenSource(Seconds(15), _time);

        var result = Run(gateway, [.. Enumerable.Range(0, 100).Select(number => Single(Seconds(number), 1))], maxConcurrency: 2, interrupt.Token);

        Assert.Equal([Outcome.Completed, Outcome.Completed, Outcome.Interrupted, Outcome.Interrupted], result.Records.Select(record => record.Outcome));
        Assert.Equal((true, Seconds(15)), (result.Interrupted, result.Duration));
        Assert.Equal(4, gateway.Requests.Count);
    }

    private LoadResult Run(PacedGateway gateway, Arrival[] arrivals, int? maxConcurrency = null, CancellationToken interrupt = default)
    {
        var counters = new LoadCounters(arrivals.Length);
        var result = _time.Run(() => new LoadRun(gateway.SendAsync, Vocabulary, maxConcurrency, _time, counters).RunAsync(arrivals, interrupt));
        Assert.Equal((result.Records.Count, 0), (counters.Ended, counters.InFlight));
        return result;
    }

    private static Arrival Single(TimeSpan due, int outputTokens) => new(due, [new PlannedTurn([new TokenRun(1, 1)], outputTokens, 0, TimeSpan.Zero)]);

    private static int[] Tokens(params TokenRun[] runs)
    {
        var tokens = new List<int>();
        foreach (var run in runs)
            run.AppendTo(tokens, Vocabulary);
        return [.. tokens];
    }

    private static TimeSpan Seconds(double value) => TimeSpan.FromSeconds(value);

    private static TimeSpan Milliseconds(double value) => TimeSpan.FromMilliseconds(value);
}
