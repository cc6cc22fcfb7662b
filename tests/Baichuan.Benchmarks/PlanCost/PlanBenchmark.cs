using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling;
using BenchmarkDotNet.Attributes;

namespace Baichuan.Benchmarks.PlanCost;

/// <summary>Planning a step over 256 sequences that decode: one where they are at positions of all kinds, so that 16 fill a block, and the worst, in which all fill a block
/// and the next needs one each.</summary>
public class PlanBenchmark
{
    public const int Sequences = 256;

    private const int BlockPositions = KvBlockCounts.BlockPositions;
    private const int PromptLength = 20;
    private const int MaxTokens = 6000;

    private Scheduler _scheduler = null!;
    private readonly Queue<StepBatch> _flying = []; // the oldest first
    private StepBatch? _batch; // of the measured step

    /// <summary>As with one stage, where a step is planned while the one before it runs; or as with several.</summary>
    [Params(false, true)]
    public bool PlansAhead { get; set; }

    [GlobalSetup(Target = nameof(AnyStep))]
    public void SpreadOut() => Fill(number => PromptLength + (number % BlockPositions));

    [GlobalSetup(Target = nameof(AllFillABlock))]
    public void Align()
    {
        Fill(_ => PromptLength);
        // Until all have filled a block: the measured step fills the next one.
        for (var position = PromptLength; position % BlockPositions != 0; position++)
            Step();
    }

    /// <summary>What was planned is completed, and as many steps are run as there are between two that fill a block.</summary>
    [IterationSetup]
    public void GoOn()
    {
        if (_batch is { } measured)
        {
            _flying.Enqueue(measured);
            Complete();
        }

        _batch = null;
        for (var step = 1; step < BlockPositions; step++)
            Step();
    }

    [Benchmark]
    public bool AnyStep() => _scheduler.TryPlan(out _batch);

    [Benchmark]
    public bool AllFillABlock() => _scheduler.TryPlan(out _batch);

    private void Fill(Func<int, int> promptLength)
    {
        _scheduler = new Scheduler(new SchedulerOptions
        {
            Blocks = new KvBlockCounts(Sequences * 400, Sequences * 20),
            SlidingWindow = 128,
            VocabularySize = 64,
            MaxContext = 6400,
            MaxBatchRows = Sequences * (PromptLength + BlockPositions),
            MaxSequences = Sequences,
            MaxWaiting = Sequences,
            BatchesInFlight = 1,
            PlansAhead = PlansAhead,
        });
        _scheduler.OpenEpoch(1);
        _flying.Clear();
        _batch = null;
        for (var i = 0; i < Sequences; i++)
        {
            int[] prompt = [.. Enumerable.Range(0, promptLength(i)).Select(position => position == 0 ? i % 64 : position == 1 ? i / 64 : (i + (position * 31)) % 64)];
            var request = new SequenceRequest { RequestId = $"{i}", Prompt = prompt, MaxTokens = MaxTokens, Sampling = SamplingSettings.Greedy };
            if (!_scheduler.TryEnqueue(request, default, out _, out var refusal))
                throw new InvalidOperationException(refusal.Message);
        }

        Plan(); // every prompt whole
        if (PlansAhead)
            Plan();
        Complete();
    }

    private void Step()
    {
        Plan();
        Complete();
    }

    private void Plan() => _flying.Enqueue(_scheduler.TryPlan(out var batch) ? batch : throw new InvalidOperationException("There is nothing to plan."));

    /// <summary>The oldest step, with made-up tokens.</summary>
    private void Complete()
    {
        var batch = _flying.Dequeue();
        var sampled = batch.Chunks.ToArray().Where(chunk => chunk.Flags.HasFlag(ChunkFlags.Sample))
            .Select(chunk => new SampledToken { Sequence = chunk.Sequence, Position = chunk.Start + chunk.Count, Token = (chunk.Sequence + chunk.Start) % 64 });
        _scheduler.Complete(StepResult.Create(batch.Epoch, batch.Step, default, default, sampled.ToArray()), default);
    }
}
