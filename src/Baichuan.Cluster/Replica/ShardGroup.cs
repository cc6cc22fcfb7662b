using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Replica;

/// <summary>The P x T shards of a replica in one epoch, as its coordinator drives them: steps go to rank 0 of every stage at once, other orders to all, and a shard that fails fails the epoch.</summary>
internal sealed class ShardGroup
{
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);

    /// <summary>By when a shard has answered a question that needs no computing.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(3);

    /// <summary>A shard whose peer is silent says so before it counts as silent itself.</summary>
    private static readonly TimeSpan AnswerSlack = TimeSpan.FromMilliseconds(500);

    /// <summary>A process that runs says so within this time.</summary>
    private static readonly TimeSpan SignTime = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a shard that is given no steps is watched at once: a grain that leaves waits for its calls. A silo that fails is seen sooner, by its peers.</summary>
    private static readonly TimeSpan WatchTime = TimeSpan.FromSeconds(1);

    private readonly IShardGrain[] _shards;
    private readonly StepDeadlines _deadlines;
    private readonly TimeProvider _time;
    private Task[] _watches = []; // of the ranks that are given no steps; none ends but by a failure
    private Task _ahead = Task.CompletedTask; // the latest order that those after it wait for
    private long _answered; // when the last order was

    /// <param name="shards">Where each of them is reached.</param>
    /// <param name="deadlines">The replica's: what its steps may take.</param>
    public ShardGroup(Func<ShardKey, IShardGrain> shards, string replica, EpochGrant grant, StepDeadlines deadlines, TimeProvider time)
    {
        Grant = grant;
        _deadlines = deadlines;
        _time = time;
        IsOneStage = grant.PipelineParallel == 1;
        _shards = [.. grant.Places.Select((place, index) => shards(new ShardKey(replica, grant.Epoch, index, place.Silo, place.Slot)))];
    }

    public EpochGrant Grant { get; }

    /// <summary>Steps run one after the other, and those in flight wait for each other.</summary>
    public bool IsOneStage { get; }

    /// <summary>Orders every shard into the epoch and waits until all are ready; loading takes as long as it takes.</summary>
    /// <returns>How they are, by shard index.</returns>
    /// <exception cref="EpochFailedException">One of them failed or is gone.</exception>
    public async Task<IReadOnlyList<ShardStatus>> FormAsync(AttachOrder order, CancellationToken cancellation)
    {
        while (true)
        {
            var shards = await AttachAsync(order);
            if (shards.All(status => status.Phase == ShardPhase.Ready))
            {
                _watches = [.. All.Where(shard => !Leads(shard)).Select(WatchAsync)];
                foreach (var watch in _watches)
                    watch.Ignore(); // the epoch's end is one, too
                return shards;
            }

            await Task.Delay(PollPeriod, _time, cancellation);
        }
    }

    /// <summary>What shards that nobody has given a step yet have in their blocks: what all agree on but those that have lost theirs.</summary>
    /// <exception cref="EpochFailedException">One of them failed or is gone.</exception>
    public async Task<NamedBlock[]> RecallAsync(IReadOnlyList<int> lost)
    {
        var names = await AllAsync(All, shard => shard.Recall(), AnswerTime);
        return [.. Enumerable.Range(0, names.Length).Except(lost)
            .Select(shard => MemoryMarshal.Cast<byte, NamedBlock>(names[shard]).ToArray().AsEnumerable())
            .Aggregate((all, some) => all.Intersect(some))];
    }

    /// <summary>Asks every shard of a formed group how it is.</summary>
    /// <exception cref="EpochFailedException">One of them failed, is gone, or is not ready any more.</exception>
    public async Task CheckAsync(AttachOrder order)
    {
        var unready = Array.FindIndex(await AttachAsync(order), status => status.Phase != ShardPhase.Ready);
        if (unready >= 0)
            throw new EpochFailedException($"Shard {unready} is not ready any more.", unready);
    }

    /// <summary>Runs the steps of an order on every stage.</summary>
    /// <param name="steps">At least one, and no more than take some dozens of milliseconds together, unless it is one.</param>
    /// <param name="follows">As in <see cref="StepOrder"/>.</param>
    /// <returns>What rank 0 of the last stage answers.</returns>
    /// <exception cref="EpochFailedException">One of them failed or is gone; whether others ran the steps is unknown.</exception>
    public async Task<StepAnswer> StepAsync(StepBatch[] steps, bool follows)
    {
        var begun = _time.GetTimestamp();
        var rows = steps.Max(step => step.Rows);
        var restored = steps.Sum(step => step.RestoredBlocks.Length) * KvBlockCounts.BlockPositions; // brought over sooner than computed
        var allowed = _deadlines.For(rows + restored, steps[0].Step);
        var holdsUp = IsOneStage || restored > 0; // of several stages each does something else
        var order = new StepOrder([.. steps.Select(step => step.Frame)], follows, allowed);
        var calls = AllAsync(All.Where(Leads), shard => shard.Step(order), allowed + AnswerSlack, _ahead);
        if (holdsUp)
            _ahead = calls;
        var replies = await calls;
        if (restored == 0)
            _deadlines.OnCompleted(rows, _time.GetElapsedTime(IsOneStage ? Math.Max(begun, _answered) : begun) / steps.Length);
        _answered = _time.GetTimestamp();
        return new StepAnswer([.. replies[^1].Frames.Select(frame => StepResult.Parse(frame))], replies[^1].OnShard);
    }

    private IEnumerable<int> All => Enumerable.Range(0, _shards.Length);

    private bool Leads(int shard) => shard % Grant.TensorParallel == 0;

    /// <summary>Ends the epoch on every shard that can be reached; does not wait for those that cannot.</summary>
    public void Detach()
    {
        foreach (var shard in _shards)
            shard.Detach().Ignore();
    }

    /// <summary>Ends the epoch on every shard, and finds those whose processes do not even say that they have heard it: who was silent first cannot be told from those who
    /// waited for it, but they answer.</summary>
    public async Task<IReadOnlyList<int>> FindSilentAsync()
    {
        var answers = await Task.WhenAll(_shards.Select(async shard =>
        {
            try
            {
                await shard.Detach().WaitAsync(SignTime, _time);
                return true;
            }
            catch (Exception)
            {
                return false;
            }
        }));
        return [.. Enumerable.Range(0, answers.Length).Where(shard => !answers[shard])];
    }

    private async Task<ShardStatus[]> AttachAsync(AttachOrder order)
    {
        var answers = await AllAsync(All, shard => shard.Attach(order), AnswerTime);
        var failed = Array.FindIndex(answers, status => status.Phase == ShardPhase.Failed);
        return failed < 0 ? answers : throw Failure(failed, answers[failed]);
    }

    private async Task WatchAsync(int shard)
    {
        var status = new ShardStatus { Phase = ShardPhase.Ready };
        while (status.Phase != ShardPhase.Failed)
            status = await OneAsync(shard, grain => grain.Watch(WatchTime), WatchTime + AnswerTime);
        throw Failure(shard, status);
    }

    private static EpochFailedException Failure(int shard, ShardStatus status) => new($"Shard {shard}: {status.Failure}", status.LostShard) { Fault = status.Fault };

    // The first failure ends the wait: the others may take until their own deadlines to notice.
    private async Task<T[]> AllAsync<T>(IEnumerable<int> shards, Func<IShardGrain, Task<T>> call, TimeSpan answerTime, Task? ahead = null)
    {
        var calls = shards.Select(shard => OneAsync(shard, call, answerTime, ahead)).ToArray();
        var all = Task.WhenAll(calls);
        List<Task> open = [.. calls, .. _watches];
        while (!all.IsCompletedSuccessfully)
        {
            var done = await Task.WhenAny(open);
            open.Remove(done);
            await done;
        }

        return await all;
    }

    /// <param name="ahead">What the shard does before; its time for the answer counts from then.</param>
    private async Task<T> OneAsync<T>(int index, Func<IShardGrain, Task<T>> call, TimeSpan answerTime, Task? ahead = null)
    {
        try
        {
            var answer = call(_shards[index]);
            if (ahead is not null)
                await ahead.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return await answer.WaitAsync(answerTime, _time);
        }
        catch (ShardFailureException e)
        {
            throw new EpochFailedException($"Shard {index}: {e.Message}", e.LostShard, e) { Fault = e.Fault };
        }
        catch (StaleEpochException)
        {
            throw; // another coordinator has taken over
        }
        catch (TimeoutException e)
        {
            throw new EpochFailedException($"Shard {index} on {Grant.Places[index].Silo} did not answer within {answerTime.TotalSeconds:F1} s, or waited for one that did not.", null, e);
        }
        catch (Exception e)
        {
            throw new EpochFailedException($"Shard {index} on {Grant.Places[index].Silo} does not answer: {e.Message}", index, e);
        }
    }
}
