using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Tests.Toy;

/// <summary>A scheduler with a toy executor: what a replica's grain does, one call at a time, keeping account of every request.</summary>
internal sealed class ToyReplica
{
    private SchedulerOptions _options;
    private ToyExecutor _executor;
    private ulong _epoch = 1;

    public ToyReplica(SchedulerOptions options)
    {
        _options = options;
        Scheduler = new Scheduler(options);
        _executor = NewExecutor();
        Scheduler.OpenEpoch(_epoch);
    }

    public Scheduler Scheduler { get; }

    /// <summary>What the clock shows when requests come.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>How long every step is said to take.</summary>
    public TimeSpan Elapsed { get; set; }

    public SchedulerCounters Counters => Scheduler.Counters;

    public List<Sequence> Accepted { get; } = [];

    /// <summary>Accepted and not ended yet, oldest first.</summary>
    public List<Sequence> Live { get; } = [];

    /// <summary>The end of each request, by id.</summary>
    public Dictionary<string, FinishReason> Finished { get; } = [];

    /// <summary>Every batch, in order.</summary>
    public List<StepBatch> Batches { get; } = [];

    /// <summary>Results that are on their way, oldest first; some may be of a failed epoch.</summary>
    public List<StepResult> Results { get; } = [];

    public Sequence Enqueue(SequenceRequest request)
    {
        Assert.True(TryEnqueue(request, out var sequence, out var refusal), refusal?.Message);
        return sequence!;
    }

    public bool TryEnqueue(SequenceRequest request, out Sequence? sequence, out Refusal? refusal)
    {
        if (!Scheduler.TryEnqueue(request, Now, out sequence, out refusal))
            return false;
        Accepted.Add(sequence);
        Live.Add(sequence);
        if (sequence.Finish is { } reason)
            Finish(sequence, reason);
        return true;
    }

    /// <summary>Plans and runs one step; its result is on its way.</summary>
    public StepBatch? Plan()
    {
        if (!Scheduler.TryPlan(out var batch))
            return null;
        Batches.Add(batch);
        Results.Add(_executor.Execute(batch));
        return batch;
    }

    public StepBatch MustPlan()
    {
        var batch = Plan();
        Assert.NotNull(batch);
        return batch;
    }

    /// <summary>Delivers a result: the oldest, or any other.</summary>
    public void Complete(int index = 0)
    {
        var result = Results[index];
        Results.RemoveAt(index);
        foreach (var outcome in Scheduler.Complete(result, Elapsed))
        {
            var token = Assert.NotNull(outcome.Token);
            Assert.Equal(outcome.Sequence.Length - 1, token.Position);
            Assert.Equal(outcome.Sequence.Tokens[^1], token.Token);
            Record(outcome);
        }
    }

    public void Cancel(Sequence sequence)
    {
        Record(Assert.NotNull(Scheduler.Cancel(sequence.RequestId)));
        Assert.Null(Scheduler.Cancel(sequence.RequestId));
    }

    public void Expire(DateTimeOffset now)
    {
        foreach (var outcome in Scheduler.Expire(now))
            Record(outcome);
    }

    /// <summary>The shards are lost, and others take their place.</summary>
    public void Fail()
    {
        Scheduler.FailEpoch();
        Scheduler.OpenEpoch(++_epoch);
        _executor = NewExecutor();
    }

    /// <summary>The shards are lost, and others of another cut take their place.</summary>
    public void Fail(KvBlockCounts blocks, int stages, bool plansAhead = false)
    {
        _options = _options with { Blocks = blocks, BatchesInFlight = stages, PlansAhead = plansAhead };
        Scheduler.FailEpoch();
        foreach (var outcome in Scheduler.Resize(blocks, stages, plansAhead))
            Record(outcome);
        Scheduler.OpenEpoch(++_epoch);
        _executor = NewExecutor();
    }

    /// <summary>Runs until every request has ended; fails when that takes more steps than recomputing everything several times would.</summary>
    public void RunToEnd()
    {
        var limit = Batches.Count + (10 * Live.Sum(s => s.MaxLength)) + 1;
        while (Live.Count > 0)
        {
            while (Plan() is not null)
                Assert.InRange(Batches.Count, 0, limit);
            Assert.NotEmpty(Results);
            Complete();
        }

        while (Results.Count > 0)
            Complete();
    }

    private ToyExecutor NewExecutor() =>
        new(_options, _epoch, number => Live.Single(s => s.State == SequenceState.Running && s.Number == number).Request.Tenant);

    private void Record(SequenceOutcome outcome)
    {
        if (outcome.Finish is { } reason)
            Finish(outcome.Sequence, reason);
        else
            Assert.Contains(outcome.Sequence, Live);
    }

    private void Finish(Sequence sequence, FinishReason reason)
    {
        Assert.True(Live.Remove(sequence), "A request ended twice.");
        Assert.Equal(SequenceState.Finished, sequence.State);
        Assert.Equal(reason, sequence.Finish);
        Finished.Add(sequence.RequestId, reason);
    }
}
