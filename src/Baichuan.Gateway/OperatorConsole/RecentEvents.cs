using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Gateway.Replicas;
using Microsoft.Extensions.Hosting;

namespace Baichuan.Gateway.OperatorConsole;

/// <summary>Compares each look at the cluster with the one before, and keeps what changed lately. Readers on any thread.</summary>
internal sealed class RecentEvents(TopologyWatch topology, TimeProvider time) : BackgroundService
{
    private const int Most = 100;

    private readonly Lock _gate = new();
    private readonly Queue<ClusterEvent> _events = new();

    /// <summary>The newest first.</summary>
    public IReadOnlyList<ClusterEvent> All
    {
        get
        {
            lock (_gate)
                return [.. _events.Reverse()];
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ClusterTopology? last = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            var looked = topology.Looked;
            if (topology.Current.Topology is { } now && now != last)
            {
                Add(ClusterEvent.Between(last, now, time.GetUtcNow().ToUnixTimeMilliseconds()));
                last = now;
            }

            await looked.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Add(IEnumerable<ClusterEvent> events)
    {
        lock (_gate)
        {
            foreach (var happened in events)
            {
                if (_events.Count == Most)
                    _events.Dequeue();
                _events.Enqueue(happened);
            }
        }
    }
}
