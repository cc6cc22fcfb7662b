using System.Net;
using Baichuan.Compute.Channels.Tcp;

namespace Baichuan.Compute.Channels;

/// <summary>Ties a shard to peers in this and other processes.</summary>
public static class RemotePeers
{
    private const int SecretBytes = 32;

    /// <summary>
    /// Waits until all peers of the shard are there: those of the same process meet at the listener, the others connect over TCP, from the lower shard index
    /// to the higher. Only shards that talk to each other are tied.
    /// </summary>
    /// <param name="listener">This process's own, whose endpoint the order names for this shard.</param>
    /// <exception cref="ArgumentException">The order contradicts itself, the listener, or another order of the same epoch.</exception>
    /// <exception cref="PeerException">A peer did not come in time, refused the secret, or gave up.</exception>
    public static Task<ShardPeers> ConnectAsync(DataListener listener, PeerConnectOrder order, CancellationToken cancellation) =>
        new PeerConnector(listener, order, Check(order, listener)).ConnectAsync(cancellation);

    private static IPEndPoint[] Check(PeerConnectOrder order, DataListener listener)
    {
        var shards = order.TensorParallel * order.PipelineParallel;
        if (order.TensorParallel < 1 || order.PipelineParallel < 1 || order.Endpoints.Count != shards)
            throw Wrong($"names {order.Endpoints.Count} endpoints for {order.PipelineParallel} stages of {order.TensorParallel} ranks; there must be one for each shard");
        if (order.ShardIndex < 0 || order.ShardIndex >= shards)
            throw Wrong($"is for shard {order.ShardIndex}; it must be from 0 to {shards - 1}");
        if (order.Secret.Length != SecretBytes)
            throw Wrong($"has a secret of {order.Secret.Length} bytes; it must have {SecretBytes}");
        IPEndPoint[] endpoints = [.. order.Endpoints.Select(text => IPEndPoint.TryParse(text, out var endpoint) ? endpoint : throw Wrong($"names the endpoint '{text}', which is not ip:port"))];
        var own = endpoints[order.ShardIndex];
        return own.Port == listener.Endpoint.Port ? endpoints : throw Wrong($"places shard {order.ShardIndex} at {own}, but this process listens at {listener.Endpoint}");

        ArgumentException Wrong(string what) => new($"The connect order of replica {order.ReplicaId}, epoch {order.Epoch}, {what}.", nameof(order));
    }
}
