using System.Runtime.InteropServices;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Blocks;

namespace Baichuan.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>Steps may be planned from now on, numbered from 0, every sequence admitted anew.</summary>
    /// <param name="lost">Shards, by index, whose pools do not hold what the others' do; each one's partner is not among them. Null: nobody has anything of the epochs before.</param>
    /// <exception cref="InvalidOperationException">An epoch is open.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is not higher than that of the last epoch.</exception>
    public void OpenEpoch(ulong epoch, IReadOnlyList<int>? lost = null)
    {
        if (_epoch is not null)
            throw new InvalidOperationException($"Epoch {_epoch} is open; it has to be failed before epoch {epoch} opens.");
        if (epoch <= LastEpoch)
            throw new ArgumentOutOfRangeException(nameof(epoch), $"Epoch {epoch} is not higher than epoch {LastEpoch}, which was open before.");
        if (lost is null)
            _blocks.Reset();
        else if (lost.Count > 0)
            _blocks.Lose([.. lost]);
        _queue.IsServed = true;
        _epoch = epoch;
        LastEpoch = epoch;
        _nextStep = 0;
    }

    /// <summary>
    /// Gives up the open epoch, if one is: steps in flight are forgotten, and every running sequence waits again with its tokens and its age, to be
    /// replayed as prefill beyond what is cached, the oldest first. Requests may come, go and expire while no epoch is open.
    /// </summary>
    public void FailEpoch()
    {
        _epoch = null;
        _queue.IsServed = false;
        HashSet<KvBlock> zeroed = [.. _builder.Zeroed, .. _inFlight.SelectMany(step => step.Zeroes)];
        _builder.Clear();
        foreach (var sequence in _running)
        {
            if (sequence is not null)
                _blocks.Free(sequence);
        }

        _blocks.Fail(_inFlight, zeroed, _builder);
        _inFlight.Clear();
        _ready.Clear();
        _prefilling.Clear();
        _blocked = default;
        Array.Clear(_running);
        _numbers.Reset();
        foreach (var sequence in _live.Values)
        {
            if (sequence.State != SequenceState.Running)
                continue;
            sequence.Strand();
            _queue.Resume(sequence);
        }
    }

    /// <summary>Before the first epoch: takes up what shards have cached of another scheduler with the same <see cref="SchedulerOptions.PrefixSecret"/>.</summary>
    /// <param name="computedIn">The epoch in which they ran their last steps.</param>
    /// <param name="blocks">What all that have not lost theirs agree on (<see cref="BlockNames"/>).</param>
    /// <exception cref="InvalidOperationException">An epoch was open before: this scheduler knows better.</exception>
    public void Recall(ulong computedIn, ReadOnlySpan<NamedBlock> blocks)
    {
        if (LastEpoch is not null)
            throw new InvalidOperationException($"Epoch {LastEpoch} was open before: what is cached is known.");
        ComputedIn = computedIn;
        if (_hasher is not null)
            _blocks.Recall(blocks);
    }

    /// <summary>Between two epochs: the shards of the next one are cut otherwise, with other pools. What was cached is gone with the old ones.</summary>
    /// <param name="stages">P of the next epoch: see <see cref="SchedulerOptions.BatchesInFlight"/>.</param>
    /// <param name="plansAhead">As in <see cref="SchedulerOptions.PlansAhead"/>.</param>
    /// <returns>The ends of sequences that the new pools can never hold, which would wait for ever; valid until the scheduler is called again.</returns>
    /// <exception cref="InvalidOperationException">An epoch is open.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public ReadOnlySpan<SequenceOutcome> Resize(KvBlockCounts blocks, int stages, bool plansAhead)
    {
        if (_epoch is not null)
            throw new InvalidOperationException($"Epoch {_epoch} is open; it has to be failed before the pools change.");
        _outcomes.Clear();
        var options = _options with { Blocks = blocks, BatchesInFlight = stages, PlansAhead = plansAhead };
        if (options == _options)
            return [];
        options.Check();
        _evictions += _blocks.Evictions;
        _options = options;
        _builder.Clear(); // orders about blocks of the old pools
        _blocks = new KvBlocks(options);
        LongestSequence = _blocks.Fit.LongestSequence(options.MaxContext);
        foreach (var sequence in _live.Values.Where(sequence => sequence.MaxLength > LongestSequence).ToList())
        {
            End(sequence, FinishReason.Error);
            _outcomes.Add(new SequenceOutcome(sequence, null, FinishReason.Error));
        }

        return CollectionsMarshal.AsSpan(_outcomes);
    }
}
