namespace Baichuan.Scheduling;

/// <summary>The order in which waiting sequences are admitted: the oldest first. A sequence that lost its work in a failed epoch keeps its age.</summary>
internal sealed class Urgency : IComparer<Sequence>
{
    public int Compare(Sequence? x, Sequence? y) => x!.Arrival.CompareTo(y!.Arrival);
}
