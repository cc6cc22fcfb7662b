using System.Collections.Concurrent;
using Baichuan.Gateway.Requests;
using Grpc.Core;

namespace Baichuan.Gateway.Tenants;

/// <summary>How many generating requests each tenant has at this gateway. Thread-safe.</summary>
internal sealed class TenantRequests
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, int> _running = new();

    /// <summary>Takes some of the tenant's places until they are disposed of.</summary>
    /// <param name="places">A request has one for each of its completions.</param>
    /// <exception cref="RefusedException">There are not as many left: RESOURCE_EXHAUSTED.</exception>
    public IDisposable Enter(Tenant tenant, int places = 1)
    {
        if (_running.AddOrUpdate(tenant.Name, places, (_, running) => running + places) <= tenant.MaxRequests)
            return new Place(this, tenant.Name, places);
        Leave(tenant.Name, places);
        throw new RefusedException(
            StatusCode.ResourceExhausted, $"{tenant.MaxRequests} requests of this key's tenant may run here (MaxRequests; each of the n of a request counts), and this would be more; send it again when some have ended.")
        {
            RetryAfter = _retryAfter,
        };
    }

    private void Leave(string tenant, int places) => _running.AddOrUpdate(tenant, 0, (_, running) => running - places);

    private sealed class Place(TenantRequests owner, string tenant, int places) : IDisposable
    {
        public void Dispose() => owner.Leave(tenant, places);
    }
}
