using Baichuan.Cluster.Abstractions.Topology;
using Microsoft.Extensions.Hosting;

namespace Baichuan.Gateway.Replicas;

/// <summary>
/// Frees streams from replicas that have no slots, while another is ready: after a scale-in there will be none for them. They are submitted again, to go on at the next token; those that have begun are freed if
/// another replica of their profile is ready. A replica that forms is waited for.
/// </summary>
internal sealed class StrandedStreams(TopologyWatch topology, ReplicaPumps pumps, TimeProvider time) : BackgroundService
{
    // A new epoch takes less where there are slots for it.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, long> _waiting = []; // by replica: since when

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var looked = topology.Looked;
            Free(topology.Current);
            await looked.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Free(TopologySnapshot seen)
    {
        foreach (var replica in seen.Topology?.Replicas ?? [])
        {
            if (replica.State != ReplicaState.Waiting || seen.Ready.Count == 0)
                _waiting.Remove(replica.Index);
            else if (_waiting.TryAdd(replica.Index, time.GetTimestamp()) || time.GetElapsedTime(_waiting[replica.Index]) < _patience)
                continue;
            else if (pumps.For(replica.Index) is { OpenStreams: > 0 } pump)
                pump.GiveUp(all: seen.Ready.Any(other => other.Profile == replica.Profile));
        }
    }
}
