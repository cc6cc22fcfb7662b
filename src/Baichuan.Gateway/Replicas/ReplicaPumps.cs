using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.Replicas;

/// <summary>The pumps of this gateway, one for each replica that it has sent a request to. Thread-safe; the container disposes of it.</summary>
internal sealed class ReplicaPumps(
    IClusterGrains grains,
    GatewayOptions options,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<ReplicaPump> log) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, Lazy<ReplicaPump>> _pumps = new();

    /// <summary>Names this gateway process to replicas: no earlier one has had it.</summary>
    public string Gateway { get; } = $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}";

    public ReplicaPump For(int replica) => _pumps.GetOrAdd(replica, index => new Lazy<ReplicaPump>(() => Open(index))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var pump in _pumps.Values)
            await pump.Value.DisposeAsync();
    }

    private ReplicaPump Open(int index) => new(index, grains.Replica(index), Gateway, options, metrics, time, log);
}
