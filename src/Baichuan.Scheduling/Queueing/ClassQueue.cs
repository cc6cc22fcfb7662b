namespace Baichuan.Scheduling.Queueing;

/// <summary>The waiting sequences of one class: first those that have run before, here or elsewhere, by age; then the others, by their tenants' shares.</summary>
internal sealed class ClassQueue(IReadOnlyDictionary<string, double> weights)
{
    private readonly SortedSet<Sequence> _resumed = new(Urgency.Order);

    public TenantShares Shares { get; } = new(weights);

    public Sequence? Next => _resumed.Min ?? Shares.Next;

    /// <summary>Admissions to more urgent classes since the last to this one, while somebody waited here.</summary>
    public int PassedOver { get; set; }

    public void Add(Sequence sequence) => Shares.Add(sequence);

    public void Resume(Sequence sequence) => _resumed.Add(sequence);

    public void Remove(Sequence sequence)
    {
        if (!_resumed.Remove(sequence))
            Shares.Remove(sequence);
    }
}
