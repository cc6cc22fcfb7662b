namespace Baichuan.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>Steps may be planned from now on, for shards that know nothing: numbered from 0, every sequence admitted anew.</summary>
    /// <exception cref="InvalidOperationException">An epoch is open.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is not higher than that of the last epoch.</exception>
    public void OpenEpoch(ulong epoch)
    {
        if (_epoch is not null)
            throw new InvalidOperationException($"Epoch {_epoch} is open; it has to be failed before epoch {epoch} opens.");
        if (epoch <= _lastEpoch)
            throw new ArgumentOutOfRangeException(nameof(epoch), $"Epoch {epoch} is not higher than epoch {_lastEpoch}, which was open before.");
        _epoch = epoch;
        _lastEpoch = epoch;
        _nextStep = 0;
    }

    /// <summary>
    /// Gives up the open epoch, if one is: steps in flight are forgotten, and every running sequence waits again with its tokens and its age, to be
    /// replayed as prefill, the oldest first. Requests may come, go and expire while no epoch is open.
    /// </summary>
    public void FailEpoch()
    {
        _epoch = null;
        _builder.Clear();
        _inFlight.Clear();
        _ready.Clear();
        _prefilling.Clear();
        _blocked = default;
        Array.Clear(_running);
        _numbers.Reset();
        _blocks.Reset();
        foreach (var sequence in _live.Values)
        {
            if (sequence.State != SequenceState.Running)
                continue;
            sequence.Strand();
            _queue.Resume(sequence);
        }
    }
}
