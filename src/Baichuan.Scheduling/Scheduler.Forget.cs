using Baichuan.Scheduling.Prefix;

namespace Baichuan.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>Frees what is cached of a tenant's tokens and held by no running sequence; the next step with rows zeroes it.</summary>
    public void Forget(string tenant, ReadOnlySpan<int> tokens)
    {
        if (_hasher is not null)
            _blocks.Forget(new PrefixChain(_hasher, tenant), tokens, _builder);
    }
}
