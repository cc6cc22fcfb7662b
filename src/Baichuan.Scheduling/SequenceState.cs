namespace Baichuan.Scheduling;

/// <summary>Where a sequence is in its life. Waiting and running alternate when it gives way to others or an epoch fails; finished is for good.</summary>
public enum SequenceState
{
    /// <summary>Holds no sequence number and no blocks.</summary>
    Waiting,

    /// <summary>Admitted: has a sequence number and blocks.</summary>
    Running,

    /// <summary>Ended; <see cref="Sequence.Finish"/> says why.</summary>
    Finished,
}
