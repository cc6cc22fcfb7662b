using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Tests.Toy;

/// <summary>A scheduler with four toy shards, two pairs of partners: what a replica's grain does, one call at a time, keeping account of every request. Shard 0 answers a step at once, the others are late.</summary>
internal sealed class ToyReplica
{
    private const int Shards = 4;

    private readonly Queue<ToyOrder>[] _orders = [.. Enumerable.Range(0, Shards).Select(_ => new Queue<ToyOrder>())];
    private SchedulerOptions _options;
    private readonly ToyExecutor?[] _gone = new ToyExecutor?[Shards]; // lost ones, which may come back with what they had
    private ToyExecutor[] _shards;
    private long _stepsBefore; // of schedulers before
    private long _rowsBefore;
    private ulong _epoch = 1;

    public ToyReplica(SchedulerOptions options)
    {
        _options = options;
        Scheduler = new Scheduler(options);
        _shards = NewShards();
        Scheduler.OpenEpoch(_epoch);
    }

    public Scheduler Scheduler { get; private set; }

    /// <summary>What the clock shows when requests come.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Most steps of an order.</summary>
    public int StepsAtOnce { get; init; } = 1;

    /// <summary>Steps that were planned as an order's second or a later one.</summary>
    public int More { get; private set; }

    /// <summary>How long every step is said to take.</summary>
    public TimeSpan Elapsed { get; set; }

    public SchedulerCounters Counters => Scheduler.Counters;

    public List<Sequence> Accepted { get; } = [];

    /// <summary>Accepted and not ended yet, oldest first.</summary>
    public List<Sequence> Live { get; } = [];

    /// <summary>The end of each request, by id.</summary>
    public Dictionary<string, FinishReason> Finished { get; } = [];

    /// <summary>Global blocks that schedulers took over from those before.</summary>
    public long Recalled { get; private set; }

    /// <summary>Of all schedulers.</summary>
    public (long Steps, long Rows) Planned => (_stepsBefore + Counters.StepsPlanned, _rowsBefore + Counters.DecodeRows + Counters.PrefillRows);

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

    /// <summary>Plans and runs one order; its results are on their way.</summary>
    /// <returns>Its first step.</returns>
    public StepBatch? Plan()
    {
        if (!Scheduler.TryPlan(out var first))
            return null;
        Order(first);
        for (var steps = 1; steps < StepsAtOnce && Scheduler.TryPlanMore(out var batch); steps++)
        {
            Order(batch);
            More++;
        }

        return first;
    }

    private void Order(StepBatch batch)
    {
        Batches.Add(batch);
        var tenants = new Dictionary<int, string>();
        foreach (ref readonly var admission in batch.Admissions)
        {
            var number = admission.Sequence;
            tenants.Add(number, Live.Single(s => s.State == SequenceState.Running && s.Number == number).Request.Tenant);
        }

        for (var shard = 0; shard < Shards; shard++)
            _orders[shard].Enqueue(new ToyOrder(batch, tenants, batch.LostShards.Contains(shard) ? SaveAt(shard ^ 1, batch) : null));
        Results.Add(Run(0));
    }

    private (ulong[] Contents, string? Tenant)[] SaveAt(int shard, StepBatch batch)
    {
        Assert.DoesNotContain(shard, batch.LostShards.ToArray());
        RunUntil(shard, batch.Step);
        return [.. batch.RestoredBlocks.ToArray().Select(block => _shards[shard].Save(block))];
    }

    private StepResult Run(int shard)
    {
        var order = _orders[shard].Dequeue();
        return _shards[shard].Execute(order.Batch, number => order.Tenants[number], order.Restored);
    }

    private void RunUntil(int shard, ulong step)
    {
        while (_orders[shard].TryPeek(out var next) && next.Batch.Step < step)
            Run(shard);
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
        for (var shard = 0; shard < Shards && result.Epoch == _epoch; shard++)
            RunUntil(shard, result.Step + 1);
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

    /// <summary>The epoch fails, with its shards where they are in the steps in flight. Some are lost, and others take their place.</summary>
    /// <param name="lost">Null: all.</param>
    /// <param name="progress">Of the steps that it has not run, shard n still runs the n-th.</param>
    public void Fail(int[]? lost = null, params ReadOnlySpan<int> progress)
    {
        Progress(progress);
        Scheduler.FailEpoch();
        Open(lost);
    }

    /// <summary>As <see cref="Fail(int[], ReadOnlySpan{int})"/>, and the scheduler is lost too: another one takes over from what shards have in memory, and what gateways submit again.</summary>
    public void Replace(int[]? lost, params ReadOnlySpan<int> progress)
    {
        Progress(progress);
        (_stepsBefore, _rowsBefore) = (_stepsBefore + Counters.StepsPlanned, _rowsBefore + Counters.DecodeRows + Counters.PrefillRows);
        Scheduler = new Scheduler(_options);
        foreach (var old in Live.ToList())
        {
            Live.Remove(old);
            var place = Accepted.IndexOf(old);
            Accepted.RemoveAt(place);
            if (TryEnqueue(Requests.Again(old), out var sequence, out _))
            {
                Accepted.Remove(sequence!);
                Accepted.Insert(place, sequence!);
            }
        }

        if (lost is not null)
            Scheduler.Recall(_epoch, [.. Enumerable.Range(0, Shards).Except(lost).Select(shard => _shards[shard].Names).Aggregate((all, names) => [.. all.Intersect(names)])]);
        Recalled += Counters.BlocksCached.Global;
        Open(lost);
    }

    private void Progress(ReadOnlySpan<int> progress)
    {
        for (var shard = 0; shard < progress.Length; shard++)
        {
            for (var steps = progress[shard] % (_orders[shard].Count + 1); steps > 0; steps--)
                Run(shard);
        }
    }

    private void Open(int[]? lost)
    {
        Scheduler.OpenEpoch(++_epoch, lost);
        foreach (var orders in _orders)
            orders.Clear();
        var fresh = NewShards();
        for (var shard = 0; shard < Shards; shard++)
        {
            if (lost?.Contains(shard) ?? true)
                (_shards[shard], _gone[shard]) = (_epoch % 2 == 0 && _gone[shard] is { } back ? back : fresh[shard], _shards[shard]);
            _shards[shard].Reset(_epoch);
        }
    }

    /// <summary>The shards are lost, and others of another cut take their place.</summary>
    public void Fail(KvBlockCounts blocks, int stages, bool plansAhead = false)
    {
        _options = _options with { Blocks = blocks, BatchesInFlight = stages, PlansAhead = plansAhead };
        Scheduler.FailEpoch();
        foreach (var outcome in Scheduler.Resize(blocks, stages, plansAhead))
            Record(outcome);
        Scheduler.OpenEpoch(++_epoch);
        foreach (var orders in _orders)
            orders.Clear();
        _shards = NewShards();
        Array.Clear(_gone); // made for other pools
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

    private ToyExecutor[] NewShards() => [.. Enumerable.Range(0, Shards).Select(_ => new ToyExecutor(_options, _epoch))];

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

    private sealed record ToyOrder(StepBatch Batch, Dictionary<int, string> Tenants, (ulong[] Contents, string? Tenant)[]? Restored);
}
