using System.Collections.Concurrent;
using Grpc.Core;

namespace Baichuan.Gateway.Requests;

/// <summary>Ids of the requests that this gateway is serving; each is there once. Thread-safe.</summary>
internal sealed class RunningRequests
{
    private readonly ConcurrentDictionary<string, bool> _ids = new();

    /// <summary>Takes an id until the claim is disposed of.</summary>
    /// <exception cref="RefusedException">A request with this id is running.</exception>
    public IDisposable Claim(string requestId) => _ids.TryAdd(requestId, true)
        ? new Release(this, requestId)
        : throw new RefusedException(StatusCode.AlreadyExists, $"request_id \"{requestId}\" is of a request that is running; use another, or none.");

    private sealed class Release(RunningRequests owner, string requestId) : IDisposable
    {
        public void Dispose() => owner._ids.TryRemove(requestId, out _);
    }
}
