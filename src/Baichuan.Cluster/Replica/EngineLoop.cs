using Baichuan.Cluster.Telemetry;
using Baichuan.Model.Faults;
using Baichuan.Scheduling;

namespace Baichuan.Cluster.Replica;

/// <summary>
/// Drives one epoch: plans steps, keeps as many of them in flight as the scheduler allows, and hands out what they bring. Runs in the replica grain's context, between its calls.
/// </summary>
internal sealed class EngineLoop(Scheduler scheduler, StreamTable streams, ReplicaMetrics metrics, StepMetrics steps, TimeProvider time)
{
    /// <summary>How long an idle loop rests before it looks after its shards.</summary>
    public static readonly TimeSpan IdlePeriod = TimeSpan.FromMilliseconds(500);

    private long _landed; // when the last step did

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
        var flying = new Queue<FlyingStep>();
        var follows = false; // whether the next step goes on without pause
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                // 1. Put as many steps into flight as there may be.
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
            foreach (var step in flying)
                step.Answer.Ignore();
        }
    }

    /// <summary>Plans a step and orders it; null when there is nothing to run.</summary>
    private FlyingStep? Begin(ShardGroup shards, bool follows)
    {
        var begun = time.GetTimestamp();
        if (!scheduler.TryPlan(out var batch))
            return null;
        var step = new FlyingStep(shards.StepAsync(batch, follows), begun, time.GetTimestamp());
        metrics.OnStepPlanned(batch);
        foreach (var sequence in scheduler.Admitted)
            streams.OnAdmitted(sequence);
        return step;
    }

    private void Land(ShardGroup shards, StepAnswer answered, in FlyingStep step)
    {
        var landed = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(shards.IsOneStage ? Math.Max(step.Ordered, _landed) : step.Ordered, landed); // not while another one ran
        _landed = landed;
        var (answer, onShard) = answered;
        FaultPoint.Pass(FaultPoint.BeforeTokenCommit);
        var outcomes = scheduler.Complete(answer, elapsed);
        foreach (ref readonly var score in scheduler.Scores)
            streams.Publish(score, answer);
        foreach (var outcome in outcomes)
            streams.Publish(outcome, answer);
        FaultPoint.Pass(FaultPoint.AfterTokenCommit);
        metrics.OnStepCompleted(elapsed);
        metrics.OnScheduled(scheduler.Counters);
        steps.OnCompleted(StepTimes.Of(
            time.GetElapsedTime(step.Begun, step.Ordered),
            elapsed,
            onShard < elapsed ? onShard : elapsed,
            answer.ComputeTime,
            answer.WaitTime,
            time.GetElapsedTime(landed)));
    }

    /// <summary>Waits for <paramref name="other"/>, or for work; which of them it was does not matter, for both are looked at again.</summary>
    private async Task WaitAsync(Task other)
    {
        await Task.WhenAny(other, _work.Task);
        if (_work.Task.IsCompleted)
            _work = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly record struct FlyingStep(Task<StepAnswer> Answer, long Begun, long Ordered);
}
