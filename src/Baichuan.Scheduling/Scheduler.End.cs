using System.Runtime.InteropServices;

namespace Baichuan.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>
    /// Ends a sequence, waiting or running, whatever of it is in flight: its token is ignored when it comes. Also for ends that are seen outside,
    /// such as a stop string in the text. Null: no such sequence is live, or it has ended by itself.
    /// </summary>
    public SequenceOutcome? Cancel(string requestId, FinishReason reason = FinishReason.Cancelled)
    {
        if (!_live.TryGetValue(requestId, out var sequence))
            return null;
        End(sequence, reason);
        return new SequenceOutcome(sequence, null, reason);
    }

    /// <summary>Ends every sequence whose deadline is not after <paramref name="now"/>. To be called every now and then: how fast the queue empties is
    /// measured by these calls.</summary>
    /// <returns>The outcomes, the earliest deadline first; valid until the scheduler is called again.</returns>
    public ReadOnlySpan<SequenceOutcome> Expire(DateTimeOffset now)
    {
        _outcomes.Clear();
        _queue.Observe(now);
        while (_deadlines.Min is { } sequence && sequence.Request.Deadline <= now)
        {
            End(sequence, FinishReason.Deadline);
            _outcomes.Add(new SequenceOutcome(sequence, null, FinishReason.Deadline));
        }

        return CollectionsMarshal.AsSpan(_outcomes);
    }

    /// <summary>The one place where a live sequence ends. What it held is free from now on: see <see cref="SequenceNumbers"/> and
    /// <see cref="Blocks.KvBlocks"/> for why rows in flight do not matter.</summary>
    private void End(Sequence sequence, FinishReason reason)
    {
        if (sequence.State == SequenceState.Running)
        {
            _ready.Remove(sequence);
            Leave(sequence);
        }
        else if (sequence.State == SequenceState.Waiting)
        {
            _queue.Remove(sequence);
        }

        _deadlines.Remove(sequence);
        _live.Remove(sequence.RequestId);
        sequence.End(reason);
    }

    /// <summary>A running sequence gives back its number and its blocks.</summary>
    private void Leave(Sequence sequence)
    {
        _prefilling.Remove(sequence);
        _running[sequence.Number] = null;
        _blocks.Free(sequence);
        _numbers.Return(sequence.Number);
    }
}
