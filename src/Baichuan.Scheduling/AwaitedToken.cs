namespace Baichuan.Scheduling;

/// <summary>A token that a step in flight samples for a sequence.</summary>
/// <param name="Admission">Which of its admissions the step belongs to.</param>
/// <param name="Number">Its number in that admission.</param>
internal readonly record struct AwaitedToken(Sequence Sequence, int Admission, int Number)
{
    /// <summary>False where the sequence ended meanwhile, or gave way and was admitted again: then that admission samples the token anew. A sequence
    /// that gave way and still waits takes it.</summary>
    public bool IsWanted => Sequence.State != SequenceState.Finished && Sequence.Admissions == Admission;
}
