using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

/// <summary>A machine whose steps take a known time: so much for a step, and so much for each row.</summary>
public sealed class PrefillBudgetTests
{
    private static readonly SchedulerOptions Limits = Requests.Roomy with
    {
        Blocks = new KvBlockCounts(1000, 1000),
        SlidingWindow = 64,
        MaxContext = 6000,
        MaxBatchRows = 512,
    };

    [Theory]
    [InlineData(1, 20, 2.0)] // one stream, and prompts are dear: 10 rows double the time of a step
    [InlineData(8, 20, 0.4)]
    [InlineData(8, 20, 0.05)] // prompts are cheap
    [InlineData(8, 5, 0.01)]
    public void Streams_keep_their_pace_when_a_prompt_of_4000_tokens_comes_and_the_prompt_comes_through(int streams, double stepMs, double rowMs)
    {
        var replica = new ToyReplica(Limits);
        for (var i = 0; i < streams; i++)
            replica.Enqueue(Requests.Of($"{i}", 10, 2000));
        var before = Run(replica, stepMs, rowMs, steps: 100, until: null);
        var prompt = replica.Enqueue(Requests.Of("long", 4000, 2));
        var during = Run(replica, stepMs, rowMs, steps: 5000, until: prompt);

        Assert.Equal(2, prompt.CompletionTokens);
        Assert.InRange(Percentile99(during), 0, 2.5 * Percentile99(before));
        // Three quarters of the rows that doubling the time of a step would pay for, but never more than a step may have.
        var plain = before.Average();
        var rows = Math.Min(plain / rowMs, Limits.MaxBatchRows - streams);
        Assert.InRange(during.Count, 1, (4000 / (0.75 * rows)) + 12);
    }

    [Fact]
    public void Nothing_is_held_back_while_nobody_decodes()
    {
        var replica = new ToyReplica(Limits);
        replica.Enqueue(Requests.Of("stream", 10, 50));
        Run(replica, 20, 2, steps: 100, until: null);
        replica.Enqueue(Requests.Of("long", 1000, 2));
        Assert.Equal([512, 488], new[] { Step(replica), Step(replica) });
    }

    [Fact]
    public void After_a_failure_those_that_stream_again_wait_for_those_that_stand_still()
    {
        var replica = new ToyReplica(Limits);
        for (var i = 0; i < 8; i++)
            replica.Enqueue(Requests.Of($"stream {i}", 400, 500));
        Run(replica, 20, 2, steps: 150, until: null);
        var known = replica.Live.Sum(sequence => sequence.Length);

        replica.Fail();
        var steps = 0;
        while (replica.Live.Exists(sequence => sequence.StandsStill))
        {
            Step(replica);
            steps++;
        }

        Assert.InRange(steps, 1, (known / Limits.MaxBatchRows) + 3);
    }

    [Fact]
    public void The_budget_follows_a_load_that_grows_under_way()
    {
        // 2 streams when the time without prefill rows is learnt, 10 from then on, with prompts coming all the time.
        var replica = new ToyReplica(Limits with { MaxWaiting = 1000 });
        replica.Enqueue(Requests.Of("a", 10, 3000));
        replica.Enqueue(Requests.Of("b", 10, 3000));
        Run(replica, 5, 1, steps: 50, until: null);
        for (var i = 0; i < 8; i++)
            replica.Enqueue(Requests.Of($"stream {i}", 10, 3000));
        Sequence? last = null;
        for (var i = 0; i < 40; i++)
            last = replica.Enqueue(Requests.Of($"prompt {i}", 300, 1));
        var steps = Run(replica, 5, 1, steps: 3000, until: last);
        // 15 ms without, so that 15 rows may be added.
        Assert.InRange(steps.Count, 1, 40 * 300 / 11);
    }

    private static int Step(ToyReplica replica)
    {
        var rows = replica.MustPlan().Rows;
        replica.Complete();
        return rows;
    }

    /// <summary>The times of the steps, in ms.</summary>
    private static List<double> Run(ToyReplica replica, double stepMs, double rowMs, int steps, Sequence? until)
    {
        var times = new List<double>();
        while (times.Count < steps && replica.Live.Count > 0 && until?.Finish is null)
        {
            var time = stepMs + (rowMs * replica.MustPlan().Rows);
            times.Add(time);
            replica.Elapsed = TimeSpan.FromMilliseconds(time);
            replica.Complete();
        }

        return times;
    }

    private static double Percentile99(List<double> times) => times.Order().ElementAt((int)(0.99 * (times.Count - 1)));
}
