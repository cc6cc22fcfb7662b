using Baichuan.Gateway.Tenants;
using Grpc.Core;

namespace Baichuan.Gateway.Requests;

/// <summary>Requests that this gateway is serving, by their ids: a tenant's id stands for one content at a time, which may be asked for more than once. Nobody meets the ids of
/// other tenants. Thread-safe.</summary>
internal sealed class RunningRequests
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Tenant, string RequestId), (byte[] Fingerprint, int Count)> _running = [];

    /// <summary>Takes an id for a content until the claim is disposed of.</summary>
    /// <param name="fingerprint">As of <see cref="GenerationRequest.Fingerprint"/>.</param>
    /// <exception cref="RefusedException">A request with this id and another content is running.</exception>
    public IDisposable Claim(Tenant tenant, string requestId, byte[] fingerprint)
    {
        var id = (tenant.Name, requestId);
        lock (_gate)
        {
            var (held, count) = _running.GetValueOrDefault(id, (fingerprint, 0));
            if (!held.AsSpan().SequenceEqual(fingerprint))
                throw new RefusedException(StatusCode.AlreadyExists, $"request_id \"{requestId}\" is of another request that is running; use another, or none.");
            _running[id] = (held, count + 1);
        }

        return new Release(this, id);
    }

    private void Free((string Tenant, string RequestId) id)
    {
        lock (_gate)
        {
            var (fingerprint, count) = _running[id];
            if (count == 1)
                _running.Remove(id);
            else
                _running[id] = (fingerprint, count - 1);
        }
    }

    private sealed class Release(RunningRequests owner, (string Tenant, string RequestId) id) : IDisposable
    {
        public void Dispose() => owner.Free(id);
    }
}
