namespace Baichuan.Scheduling.Queueing;

/// <summary>
/// Whose turn it is among the tenants of one class: the virtual token counter of Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024,
/// arXiv 2401.00588), with weights. The tenant that has been served least is next; a prompt counts when it is admitted, as far as it has to be computed,
/// and every token when it is sampled. A tenant that comes (back) is lifted to the least served of those that wait, or to the one that left last.
/// <para>The paper's bound: of two clients that are backlogged over a time, the services in it differ by 2 U at the most, U = max(w_p L_input, w_q M), where
/// w_p is <see cref="InputWeight"/>, w_q <see cref="OutputWeight"/>, L_input the longest prompt and M the most tokens, of prompts and completions, that a running batch
/// can have: what the pools hold, or MaxSequences of the longest sequences if that is less. With weights it is services by weight that differ so, and U is to be divided by the
/// smaller weight. What is not charged (cached tokens, what is computed again) is no service in it. Nobody is held back while nobody else waits.</para>
/// </summary>
internal sealed class TenantShares(IReadOnlyDictionary<string, double> weights)
{
    public const double InputWeight = 1;
    public const double OutputWeight = 2;

    private readonly Dictionary<string, TenantQueue> _tenants = [];
    private readonly List<TenantQueue> _waiting = [];
    private TenantQueue? _lastLeft;

    /// <summary>The oldest request of the least served tenant; of equal ones, of that whose request is older.</summary>
    public Sequence? Next
    {
        get
        {
            TenantQueue? least = null;
            foreach (var tenant in _waiting)
            {
                if (least is null || tenant.Served < least.Served || (tenant.Served == least.Served && Urgency.Order.Compare(tenant.First, least.First) < 0))
                    least = tenant;
            }

            return least?.First;
        }
    }

    public void Add(Sequence sequence)
    {
        var tenant = Of(sequence.Request.Tenant);
        if (tenant.IsEmpty)
        {
            tenant.LiftTo(_waiting.Count > 0 ? LeastServed() : _lastLeft?.Served ?? 0);
            _waiting.Add(tenant);
        }

        tenant.Add(sequence);
    }

    /// <returns>Whether it was there.</returns>
    public bool Remove(Sequence sequence)
    {
        var tenant = Of(sequence.Request.Tenant);
        if (!tenant.Remove(sequence))
            return false;
        if (tenant.IsEmpty)
        {
            _waiting.Remove(tenant);
            _lastLeft = tenant;
        }

        return true;
    }

    /// <summary>So many tokens of its prompt are going to be computed.</summary>
    public void OnAdmitted(Sequence sequence, int tokens) => Of(sequence.Request.Tenant).Charge(InputWeight * tokens);

    /// <summary>A token was sampled.</summary>
    public void OnToken(Sequence sequence) => Of(sequence.Request.Tenant).Charge(OutputWeight);

    private TenantQueue Of(string name)
    {
        if (!_tenants.TryGetValue(name, out var tenant))
            _tenants.Add(name, tenant = new TenantQueue(weights.GetValueOrDefault(name, 1)));
        return tenant;
    }

    private double LeastServed()
    {
        var least = double.PositiveInfinity;
        foreach (var tenant in _waiting)
            least = Math.Min(least, tenant.Served);
        return least;
    }
}
