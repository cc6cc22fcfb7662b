using System.Diagnostics;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

/// <summary>What it costs to plan a step over 256 running sequences.</summary>
public sealed class PlanCostTests
{
    private const int Sequences = 256;

    private readonly Scheduler _scheduler = new(Requests.Roomy with
    {
        Blocks = new KvBlockCounts(Sequences * 200, Sequences * 20),
        SlidingWindow = 128,
        MaxContext = 3200,
        MaxBatchRows = 512,
        MaxSequences = Sequences,
        MaxWaiting = Sequences,
    });

    public PlanCostTests()
    {
        _scheduler.OpenEpoch(1);
        for (var i = 0; i < Sequences; i++)
            Assert.True(_scheduler.TryEnqueue(Requests.Of($"{i}", 20, 3000), default, out _, out _));
        while (_scheduler.Counters.DecodeRows < Sequences)
            Step(out _, out _);
    }

    [Fact]
    public void A_step_late_in_a_conversation_allocates_what_one_early_in_it_does()
    {
        var early = Median(Run(100).Select(step => step.Bytes));
        Run(2000);
        var late = Median(Run(100).Select(step => step.Bytes));
        // The frame, and room for sections whose size varies a little.
        Assert.InRange(late, 0, early + 1024);
    }

    /// <summary>A measurement, to be asked for: dotnet test --project tests/Baichuan.Scheduling.Tests -c Release -- --explicit only --show-live-output on</summary>
    [Fact(Explicit = true)]
    public void A_step_is_planned_in_less_than_200_microseconds()
    {
        Run(500);
        var times = Run(2000).Select(step => step.Time.TotalMicroseconds).Order().ToArray();
        TestContext.Current.TestOutputHelper?.WriteLine($"Planning a step over {Sequences} sequences: median {times[1000]:F0} us, p90 {times[1800]:F0} us, p95 {times[1900]:F0} us, p99 {times[1980]:F0} us.");
        Assert.InRange(times[1000], 0, 200);
    }

    private List<(TimeSpan Time, long Bytes)> Run(int steps)
    {
        var costs = new List<(TimeSpan, long)>(steps);
        for (var i = 0; i < steps; i++)
        {
            Step(out var time, out var bytes);
            costs.Add((time, bytes));
        }

        return costs;
    }

    private void Step(out TimeSpan time, out long bytes)
    {
        var (started, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        Assert.True(_scheduler.TryPlan(out var batch));
        (time, bytes) = (Stopwatch.GetElapsedTime(started), GC.GetAllocatedBytesForCurrentThread() - allocated);
        var sampled = batch.Chunks.ToArray().Where(chunk => chunk.Flags.HasFlag(ChunkFlags.Sample))
            .Select(chunk => new SampledToken { Sequence = chunk.Sequence, Position = chunk.Start + chunk.Count, Token = (chunk.Sequence + chunk.Start) % 64 });
        _scheduler.Complete(StepResult.Create(batch.Epoch, batch.Step, default, default, sampled.ToArray()), default);
    }

    private static long Median(IEnumerable<long> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
