using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

/// <summary>What planning a step over 256 running sequences allocates; how long it takes is measured by Baichuan.Benchmarks plan-cost.</summary>
public sealed class PlanCostTests
{
    private const int Sequences = 256;

    private readonly Queue<StepBatch> _flying = [];
    private Scheduler _scheduler = null!;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_late_in_a_conversation_allocates_what_one_early_in_it_does(bool plansAhead)
    {
        Start(plansAhead);
        var early = Median(Run(100));
        Run(2000);
        var late = Median(Run(100));
        // The frame, and room for sections whose size varies a little.
        Assert.InRange(late, 0, early + 1024);
    }

    private void Start(bool plansAhead)
    {
        _scheduler = new Scheduler(Requests.Roomy with
        {
            Blocks = new KvBlockCounts(Sequences * 200, Sequences * 20),
            SlidingWindow = 128,
            MaxContext = 3200,
            MaxBatchRows = 512,
            MaxSequences = Sequences,
            MaxWaiting = Sequences,
            PlansAhead = plansAhead,
        });
        _scheduler.OpenEpoch(1);
        for (var i = 0; i < Sequences; i++)
            Assert.True(_scheduler.TryEnqueue(Requests.Of($"{i}", 20, 3000), default, out _, out _));
        if (plansAhead)
            Plan();
        while (_scheduler.Counters.DecodeRows < Sequences)
            Step();
    }

    private List<long> Run(int steps)
    {
        var bytes = new List<long>(steps);
        for (var i = 0; i < steps; i++)
            bytes.Add(Step());
        return bytes;
    }

    /// <summary>Plans a step and completes the oldest in flight; returns the bytes that planning allocated.</summary>
    private long Step()
    {
        var bytes = Plan();
        var batch = _flying.Dequeue();
        var sampled = batch.Chunks.ToArray().Where(chunk => chunk.Flags.HasFlag(ChunkFlags.Sample))
            .Select(chunk => new SampledToken { Sequence = chunk.Sequence, Position = chunk.Start + chunk.Count, Token = (chunk.Sequence + chunk.Start) % 64 });
        _scheduler.Complete(StepResult.Create(batch.Epoch, batch.Step, default, default, sampled.ToArray()), default);
        return bytes;
    }

    private long Plan()
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(_scheduler.TryPlan(out var batch));
        var bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        _flying.Enqueue(batch);
        return bytes;
    }

    private static long Median(IEnumerable<long> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
