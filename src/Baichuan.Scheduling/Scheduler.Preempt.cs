namespace Baichuan.Scheduling;

/// <summary>
/// Blocks are handed out as they are needed and may run out. Then the least urgent running sequence gives way: it waits again with its tokens, ahead of
/// every request that never ran, and is replayed later, from the cache as far as that goes. Nobody gives way to a less urgent one; a sequence that finds
/// nobody below it waits where it stands.
/// <para>Why all go on in the end: the most urgent running sequence never gives way, and it fits into empty pools (<see cref="Blocks.SequenceFit"/>). When
/// it lacks a block, it gets one as soon as another one lacks one too, which is when that one has filled its block: after 16 rows of it at the latest. So
/// the most urgent one runs to its end, and then the next is the most urgent. A sequence that gave way runs again at the latest when those that were live
/// then, and more urgent ones that came since, have ended.</para>
/// </summary>
public sealed partial class Scheduler
{
    /// <summary>Makes sure of blocks for the next positions of a running sequence, as many of <paramref name="rows"/> as there is room for; only where
    /// there is none for the first, others give way.</summary>
    /// <returns>The rows that have blocks. 0: the sequence has to wait.</returns>
    private int TryCover(Sequence sequence, int rows)
    {
        var covered = _blocks.Room(sequence, rows);
        while (covered == 0 && LeastUrgent() is { } victim && Urgency.Order.Compare(victim, sequence) > 0)
        {
            Preempt(victim);
            covered = _blocks.Room(sequence, rows);
        }

        return covered;
    }

    /// <summary>Whoever waits with the highest urgency does not wait for running sequences of lower classes: they give way, one by one, until it can be
    /// admitted.</summary>
    private void MakeRoomForMostUrgent()
    {
        while (_queue.Next is { } waiting && LeastUrgent() is { } victim && victim.Class > waiting.Class && !CanAdmit(waiting))
            Preempt(victim);
    }

    private bool CanAdmit(Sequence sequence) => _numbers.AnyFree && _blocks.HasRoom(sequence, _blocks.Match(sequence), spare: _numbers.InUse);

    /// <summary>The least urgent running sequence without rows in the step being planned: those are settled.</summary>
    private Sequence? LeastUrgent()
    {
        Sequence? least = null;
        foreach (var sequence in _running)
        {
            if (sequence is not null && sequence.LatestStep != _nextStep && (least is null || Urgency.Order.Compare(sequence, least) > 0))
                least = sequence;
        }

        return least;
    }

    private void Preempt(Sequence sequence)
    {
        Leave(sequence);
        sequence.Suspend();
        _queue.Resume(sequence);
        _preemptions++;
    }
}
