using System.Collections.Concurrent;
using Baichuan.Gateway.Requests;
using Grpc.Core;

namespace Baichuan.Gateway.Tenants;

/// <summary>How many generating requests each tenant has at this gateway. Thread-safe.</summary>
internal sealed class TenantRequests
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, int> _running = new();

    /// <summary>Takes one of the tenant's places until it is disposed of.</summary>
    /// <exception cref="RefusedException">All are taken: RESOURCE_EXHAUSTED.</exception>
    public IDisposable Enter(Tenant tenant)
    {
        if (_running.AddOrUpdate(tenant.Name, 1, (_, running) => running + 1) <= tenant.MaxRequests)
            return new Place(this, tenant.Name);
        Leave(tenant.Name);
        throw new RefusedException(
            StatusCode.ResourceExhausted, $"{tenant.MaxRequests} requests of this key's tenant are running here (MaxRequests); send it again when one has ended.")
        {
            RetryAfter = _retryAfter,
        };
    }

    private void Leave(string tenant) => _running.AddOrUpdate(tenant, 0, (_, running) => running - 1);

    private sealed class Place(TenantRequests owner, string tenant) : IDisposable
    {
        public void Dispose() => owner.Leave(tenant);
    }
}
