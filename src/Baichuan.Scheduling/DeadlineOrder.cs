namespace Baichuan.Scheduling;

/// <summary>Sequences that have a deadline, the next to pass first; age tells equal ones apart.</summary>
internal sealed class DeadlineOrder : IComparer<Sequence>
{
    public int Compare(Sequence? x, Sequence? y)
    {
        var byDeadline = Nullable.Compare(x!.Request.Deadline, y!.Request.Deadline);
        return byDeadline != 0 ? byDeadline : x.Arrival.CompareTo(y.Arrival);
    }
}
