using System.Net;
using System.Security.Cryptography;
using Baichuan.Compute.Channels;
using Baichuan.Testing.Certificates;

namespace Baichuan.Compute.Tests.Channels;

/// <summary>How the shards of a test are spread: each process is a listener of its own.</summary>
public enum Spread
{
    /// <summary>All in one process, without a network.</summary>
    InProcess,

    /// <summary>Every shard in a process of its own.</summary>
    Tcp,

    /// <summary>The same, under TLS.</summary>
    Tls,

    /// <summary>Shards take turns between two processes, so that channels of both kinds meet in one operation.</summary>
    Mixed,
}

/// <summary>The peers of every shard of a replica, and the listeners they were connected through.</summary>
internal sealed class TestReplica : IDisposable
{
    private static readonly Lazy<ChannelTls> _tls = new(() =>
    {
        using var authority = new TestAuthority("channels").Issue("shard");
        return TestTls.Of(authority);
    });

    private readonly List<DataListener> _listeners = [];

    private TestReplica()
    {
    }

    public IReadOnlyList<ShardPeers> Peers { get; private set; } = [];

    public static TestReplica Connect(Spread spread, int tensorParallel, int pipelineParallel, TimeSpan stepTimeout, bool spin = false)
    {
        var replica = new TestReplica();
        replica.Peers = spread == Spread.InProcess
            ? LocalPeers.Connect(TestPlans.Create(tensorParallel, pipelineParallel), stepTimeout, spin)
            : replica.ConnectOverTcp(spread, tensorParallel, pipelineParallel, stepTimeout, spin);
        return replica;
    }

    public void Dispose()
    {
        foreach (var peers in Peers)
            peers.Dispose();
        foreach (var listener in _listeners)
            listener.Dispose();
    }

    private ShardPeers[] ConnectOverTcp(Spread spread, int tensorParallel, int pipelineParallel, TimeSpan stepTimeout, bool spin)
    {
        var shards = tensorParallel * pipelineParallel;
        var processes = spread == Spread.Mixed ? 2 : shards;
        for (var i = 0; i < processes; i++)
            _listeners.Add(new DataListener(IPAddress.Loopback, 0, spread == Spread.Tls ? _tls.Value : null));
        var order = new PeerConnectOrder
        {
            ReplicaId = "replica-1",
            Epoch = 1,
            Secret = RandomNumberGenerator.GetBytes(32),
            ShardIndex = 0,
            TensorParallel = tensorParallel,
            PipelineParallel = pipelineParallel,
            Endpoints = [.. Enumerable.Range(0, shards).Select(shard => _listeners[shard % processes].Endpoint.ToString())],
            StepTimeout = stepTimeout,
            Spin = spin,
        };
        var connecting = Enumerable.Range(0, shards)
            .Select(shard => RemotePeers.ConnectAsync(_listeners[shard % processes], order with { ShardIndex = shard }, CancellationToken.None));
        return Task.WhenAll(connecting).GetAwaiter().GetResult();
    }
}
