using Baichuan.Cluster.Telemetry;
using Baichuan.Model.Execution;
using Baichuan.Scheduling;

namespace Baichuan.Cluster.Replica;

/// <summary>
/// Drives one epoch: plans steps, keeps up to P of them in flight, and hands out what they bring. Runs in the replica grain's context, between its calls.
/// </summary>
internal sealed class EngineLoop(Scheduler scheduler, StreamTable streams, ReplicaMetrics metrics, TimeProvider time)
{
    /// <summary>How long an idle loop rests before it looks after its shards.</summary>
    public static readonly TimeSpan IdlePeriod = TimeSpan.FromMilliseconds(500);

    private TaskCompletionSource _work = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Something was submitted or cancelled.</summary>
    public void Wake() => _work.TrySetResult();

    /// <summary>Runs until the epoch fails or the replica stops.</summary>
    /// <param name="check">Looks after the shards while there is nothing to run.</param>
    /// <exception cref="EpochFailedException">The epoch is over.</exception>
    public async Task DriveAsync(ShardGroup shards, int batchesInFlight, Func<Task> check, CancellationToken cancellation)
    {
        var flying = new Queue<FlyingStep>();
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                // 1. Put as many steps into flight as the pipeline has stages.
                while (flying.Count < batchesInFlight && scheduler.TryPlan(out var batch))
                    flying.Enqueue(new FlyingStep(shards.StepAsync(batch), time.GetTimestamp()));

                // 2. Take the oldest one's result, or wait for something to do.
                if (flying.TryPeek(out var oldest))
                {
                    await WaitAsync(oldest.Results);
                    if (oldest.Results.IsCompleted)
                        Land(shards, await oldest.Results, flying.Dequeue());
                }
                else if (!await WaitAsync(null))
                {
                    metrics.OnScheduled(scheduler.Counters);
                    await check();
                }
            }
        }
        finally
        {
            foreach (var step in flying)
                step.Results.Ignore();
        }
    }

    private void Land(ShardGroup shards, StepResult[] results, FlyingStep step)
    {
        var answer = shards.Answer(results);
        var elapsed = time.GetElapsedTime(step.Started);
        var outcomes = scheduler.Complete(answer, elapsed);
        foreach (ref readonly var score in scheduler.Scores)
            streams.Publish(score, answer);
        foreach (var outcome in outcomes)
            streams.Publish(outcome, answer);
        metrics.OnStepCompleted(elapsed, results);
        metrics.OnScheduled(scheduler.Counters);
    }

    /// <summary>Waits for a result, for work, or for the time to pass. True when there is work or a result.</summary>
    private async Task<bool> WaitAsync(Task? result)
    {
        var work = _work.Task;
        var rest = Task.Delay(IdlePeriod, time);
        var first = result is null ? await Task.WhenAny(work, rest) : await Task.WhenAny(result, work, rest);
        if (work.IsCompleted)
            _work = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return first != rest;
    }

    private readonly record struct FlyingStep(Task<StepResult[]> Results, long Started);
}
