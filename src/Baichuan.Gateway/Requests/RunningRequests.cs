using System.Collections.Concurrent;
using Baichuan.Gateway.Tenants;
using Grpc.Core;

namespace Baichuan.Gateway.Requests;

/// <summary>Ids of the requests that this gateway is serving; each is there once for its tenant, who does not meet those of others. Thread-safe.</summary>
internal sealed class RunningRequests
{
    private readonly ConcurrentDictionary<(string Tenant, string RequestId), bool> _ids = new();

    /// <summary>Takes an id until the claim is disposed of.</summary>
    /// <exception cref="RefusedException">A request with this id is running.</exception>
    public IDisposable Claim(Tenant tenant, string requestId) => _ids.TryAdd((tenant.Name, requestId), true)
        ? new Release(this, (tenant.Name, requestId))
        : throw new RefusedException(StatusCode.AlreadyExists, $"request_id \"{requestId}\" is of a request that is running; use another, or none.");

    private sealed class Release(RunningRequests owner, (string Tenant, string RequestId) id) : IDisposable
    {
        public void Dispose() => owner._ids.TryRemove(id, out _);
    }
}
