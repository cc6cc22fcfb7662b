namespace Baichuan.Scheduling.Queueing;

/// <summary>The requests of one tenant in one class that never ran, oldest first, and what the tenant has been served in this class.</summary>
/// <param name="weight">Its share beside that of others.</param>
internal sealed class TenantQueue(double weight)
{
    private readonly SortedSet<Sequence> _sequences = new(Urgency.Order);

    /// <summary>Tokens served by its weight: the virtual counter.</summary>
    public double Served { get; private set; }

    public Sequence? First => _sequences.Min;

    public bool IsEmpty => _sequences.Count == 0;

    public void Add(Sequence sequence) => _sequences.Add(sequence);

    public bool Remove(Sequence sequence) => _sequences.Remove(sequence);

    public void Charge(double tokens) => Served += tokens / weight;

    /// <summary>Time without requests is no credit.</summary>
    public void LiftTo(double served) => Served = Math.Max(Served, served);
}
