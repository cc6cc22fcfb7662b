namespace Baichuan.Scheduling;

/// <summary>Who goes first, and who gives way last: the more urgent class, and in a class the older request. A sequence that lost its work keeps its age.</summary>
internal sealed class Urgency : IComparer<Sequence>
{
    public static Urgency Order { get; } = new();

    public int Compare(Sequence? x, Sequence? y)
    {
        var byClass = x!.Class.CompareTo(y!.Class);
        return byClass != 0 ? byClass : x.Arrival.CompareTo(y.Arrival);
    }
}
