using Baichuan.Cluster.Telemetry;
using Baichuan.Model.Execution;
using Baichuan.Model.Faults;
using Baichuan.Scheduling;

namespace Baichuan.Cluster.Replica;

/// <summary>
/// Drives one epoch: plans steps, keeps as many orders of them in flight as the scheduler allows, and hands out what they bring. Runs in the replica grain's context, between its calls.
/// </summary>
/// <param name="deliveryInterval">Steps that together take no longer than half of it, as the last ones did, may be one order: its way to the shards and back, and the turns of threads on it, are then paid once.
/// Zero: gateways are told of each step, and each is an order.</param>
internal sealed class EngineLoop(Scheduler scheduler, StreamTable streams, ReplicaMetrics metrics, StepMetrics steps, TimeSpan deliveryInterval, TimeProvider time)
{
    /// <summary>How long an idle loop rests before it looks after its shards.</summary>
    public static readonly TimeSpan IdlePeriod = TimeSpan.FromMilliseconds(500);

    // What comes waits for two orders: a new request, and the end of one that was cancelled.
    private static readonly TimeSpan LongestOrder = TimeSpan.FromMilliseconds(25);

    private const int MostSteps = 4; // of an order: a sequence that stops runs on to the end of the orders in flight

    private readonly TimeSpan _orderTime = deliveryInterval / 2 < LongestOrder ? deliveryInterval / 2 : LongestOrder;
    private readonly List<StepBatch> _planned = []; // for the next order
    private int _stepsInTime = 1; // how many steps like the last take no longer than an order may
    private long _landed; // when the last order did

    private bool _isEnding;

    private TaskCompletionSource _work = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Something was submitted or cancelled.</summary>
    public void Wake() => _work.TrySetResult();

    /// <summary>Orders no more steps; <see cref="DriveAsync"/> returns when those in flight are done.</summary>
    public void End()
    {
        _isEnding = true;
        Wake();
    }

    /// <summary>Runs until the epoch fails or is to end, or the replica stops.</summary>
    /// <param name="check">Looks after the shards while there is nothing to run.</param>
    /// <exception cref="EpochFailedException">The epoch is over.</exception>
    public async Task DriveAsync(ShardGroup shards, Func<Task> check, CancellationToken cancellation)
    {
        var flying = new Queue<FlyingOrder>();
        var follows = false; // whether the next step goes on without pause
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                // 1. Put as many orders into flight as there may be.
                while (!_isEnding && Begin(shards, follows) is { } begun)
                {
                    flying.Enqueue(begun);
                    follows = true;
                }

                // 2. Take the oldest one's result, or wait for something to do.
                if (flying.TryPeek(out var oldest))
                {
                    await WaitAsync(oldest.Answer);
                    if (oldest.Answer.IsCompleted)
                        Land(shards, await oldest.Answer, flying.Dequeue());
                }
                else if (_isEnding)
                {
                    return;
                }
                else
                {
                    follows = false;
                    var rest = Task.Delay(IdlePeriod, time);
                    await WaitAsync(rest);
                    if (!rest.IsCompleted)
                        continue;
                    metrics.OnScheduled(scheduler.Counters);
                    await check();
                }
            }
        }
        finally
        {
            foreach (var order in flying)
                order.Answer.Ignore();
        }
    }

    /// <summary>Plans a step, or several, and orders them; null when there is nothing to run.</summary>
    private FlyingOrder? Begin(ShardGroup shards, bool follows)
    {
        var begun = time.GetTimestamp();
        if (!scheduler.TryPlan(out var batch))
            return null;
        _planned.Clear();
        do
            _planned.Add(batch);
        while (_planned.Count < _stepsInTime && scheduler.TryPlanMore(out batch));
        var order = new FlyingOrder(shards.StepAsync([.. _planned], follows), _planned.Count, begun, time.GetTimestamp());
        foreach (var step in _planned)
            metrics.OnStepPlanned(step);
        foreach (var sequence in scheduler.Admitted)
            streams.OnAdmitted(sequence);
        return order;
    }

    private void Land(ShardGroup shards, StepAnswer answered, in FlyingOrder order)
    {
        var landed = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(shards.IsOneStage ? Math.Max(order.Ordered, _landed) : order.Ordered, landed); // not while another one ran
        _landed = landed;
        var (results, onShard) = answered;
        if (results.Length != order.Steps)
            throw new FrameException($"An order of {order.Steps} steps was answered with {results.Length} results.");
        var (compute, wait) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var result in results)
            (compute, wait) = (compute + result.ComputeTime, wait + result.WaitTime);

        // Each step has an equal share of the order's time, and its own of what follows.
        var (planning, committed) = (time.GetElapsedTime(order.Begun, order.Ordered) / order.Steps, landed);
        onShard = onShard < elapsed ? onShard : elapsed;
        foreach (var result in results)
        {
            metrics.OnStepCompleted(elapsed / order.Steps);
            Commit(result, order.Steps == 1 ? elapsed : default); // a step of several is not to be compared with one that has prefill rows, and so an order for itself
            var now = time.GetTimestamp();
            steps.OnCompleted(StepTimes.Of(planning, elapsed / order.Steps, onShard / order.Steps, compute / order.Steps, wait / order.Steps, time.GetElapsedTime(committed, now)));
            committed = now;
        }

        metrics.OnScheduled(scheduler.Counters);
        var busy = compute + wait; // longer than elapsed where the order before was taken up late
        _stepsInTime = (int)Math.Clamp(_orderTime * order.Steps / (busy > elapsed ? busy : elapsed), 1, MostSteps);
    }

    private void Commit(StepResult result, TimeSpan elapsed)
    {
        FaultPoint.Pass(FaultPoint.BeforeTokenCommit);
        var outcomes = scheduler.Complete(result, elapsed);
        foreach (ref readonly var score in scheduler.Scores)
            streams.Publish(score, result);
        foreach (var outcome in outcomes)
            streams.Publish(outcome, result);
        FaultPoint.Pass(FaultPoint.AfterTokenCommit);
    }

    /// <summary>Waits for <paramref name="other"/>, or for work; which of them it was does not matter, for both are looked at again.</summary>
    private async Task WaitAsync(Task other)
    {
        await Task.WhenAny(other, _work.Task);
        if (_work.Task.IsCompleted)
            _work = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly record struct FlyingOrder(Task<StepAnswer> Answer, int Steps, long Begun, long Ordered);
}
