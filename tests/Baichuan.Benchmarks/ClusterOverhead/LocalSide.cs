using System.Diagnostics;
using Baichuan.Compute;
using Baichuan.Compute.Local;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling;

namespace Baichuan.Benchmarks.ClusterOverhead;

/// <summary>The shards in this process as bench-model has them: one compute thread each, on a core of its own, spinning for its peer; and nothing between
/// them and the scheduler that plans their steps.</summary>
internal sealed class LocalSide : IDisposable
{
    private static readonly TimeSpan StepTimeout = TimeSpan.FromMinutes(1);

    private readonly Workload _workload;
    private readonly ThreadsPerShard _executors = new(1);
    private readonly ModelCheckpoint _checkpoint;
    private readonly LocalReplica _replica;
    private readonly KvBlockCounts _blocks;
    private ulong _epoch;

    public LocalSide(Workload workload)
    {
        _workload = workload;
        _checkpoint = ModelCheckpoint.Open(workload.Model);
        var plan = ShardPlan.Create(_checkpoint.Config, Workload.TensorParallel, 1);
        _blocks = MemoryPlan.Fit(plan, Workload.KvCacheBytes, KvType.F32, Workload.MaxSequences, Workload.MaxBatchRows);
        var options = new ExecutorOptions
        {
            Weights = workload.Weights,
            KvCache = KvType.F32,
            Blocks = _blocks,
            MaxSequences = Workload.MaxSequences,
            MaxBatchRows = Workload.MaxBatchRows,
            MaxContext = _checkpoint.Config.MaxPositions,
        };
        _replica = new LocalReplica(_executors, _checkpoint, plan, options, StepTimeout, spin: true);
    }

    /// <summary>Times of rank 0 in all steps of one row for each stream, and how many there were.</summary>
    public (TimeSpan Compute, TimeSpan Wait, int Steps) Decoded { get; private set; }

    /// <returns>Tokens per second of all streams together, while all of them decode.</returns>
    public double Decode(int streams)
    {
        Decoded = default;
        _replica.Reset();
        var scheduler = new Scheduler(SchedulerOptions());
        scheduler.OpenEpoch(++_epoch);
        for (var number = 0; number < streams; number++)
        {
            if (!scheduler.TryEnqueue(RequestOf(number), DateTimeOffset.UtcNow, out _, out var refusal))
                throw new InvalidOperationException(refusal.Message);
        }

        var window = new DecodeWindow(streams);
        while (scheduler.TryPlan(out var batch))
        {
            var started = Stopwatch.GetTimestamp();
            var result = _replica.Run(batch);
            if (batch.Rows == streams)
                Decoded = (Decoded.Compute + result.ComputeTime, Decoded.Wait + result.WaitTime, Decoded.Steps + 1);
            foreach (var outcome in scheduler.Complete(result, Stopwatch.GetElapsedTime(started)))
                Count(outcome, window);
        }

        return window.TokensPerSecond;
    }

    public void Dispose()
    {
        _replica.Dispose();
        _checkpoint.Dispose();
        _executors.Dispose();
    }

    private void Count(in SequenceOutcome outcome, DecodeWindow window)
    {
        if (outcome.Sequence.Length == _workload.Prompt + 1)
            window.OnFirstToken();
        else
            window.OnTokens(1);
        if (outcome.Finish is not null)
            window.OnEnd();
    }

    private SequenceRequest RequestOf(int number) => new()
    {
        RequestId = $"{number}",
        Prompt = _workload.PromptOf(number, _checkpoint.Config.VocabularySize),
        MaxTokens = _workload.Generate,
        Sampling = SamplingSettings.Greedy,
    };

    private SchedulerOptions SchedulerOptions() => new()
    {
        Blocks = _blocks,
        SlidingWindow = _checkpoint.Config.SlidingWindow,
        VocabularySize = _checkpoint.Config.VocabularySize,
        MaxContext = _checkpoint.Config.MaxPositions,
        MaxBatchRows = Workload.MaxBatchRows,
        MaxSequences = Workload.MaxSequences,
        MaxWaiting = Workload.MaxSequences,
        BatchesInFlight = 1,
    };
}
