using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Telemetry;
using Baichuan.Scheduling.Routing;
using Grpc.Core;

namespace Baichuan.Gateway.Replicas;

/// <summary>Finds a replica that takes a request: first when it arrives, and again whenever its replica was lost. Thread-safe.</summary>
internal sealed class ReplicaPlacer(TopologyWatch topology, ReplicaPumps pumps, GatewayOptions options, GatewayMetrics metrics, TimeProvider time)
{
    // A million positions a replica, in some megabytes.
    private const int MostBlocks = 1 << 16;

    private readonly PrefixMap _sent = new(RandomNumberGenerator.GetBytes(32), MostBlocks);
    private readonly RoundRobin? _turns = options.Routing == GatewayOptions.RoundRobin ? new RoundRobin() : null;
    private long _submissions;

    /// <summary>Offers a new request to the replicas that are ready, in the order of <see cref="GatewayOptions.Routing"/>. While none is, answers or has formed, it is offered again
    /// for <see cref="GatewayOptions.AdmissionTimeout"/>: a replica that lost a shard is back in less. As long as a replica is about to leave, that time does not begin.</summary>
    /// <param name="profile">The only profile that will do; empty: any.</param>
    /// <exception cref="RefusedException">
    /// None was ready, answered or formed (UNAVAILABLE), all are full (RESOURCE_EXHAUSTED, with the earliest time at which one may have room), or the request can never run (INVALID_ARGUMENT).
    /// </exception>
    public Task<ReplicaStream> AdmitAsync(GenerationRequest request, string profile, DateTimeOffset? deadline, CancellationToken cancellationToken) =>
        PlaceAsync(request, [], profile, deadline, options.AdmissionTimeout, refusal => refusal != StatusCode.Unavailable, cancellationToken);

    /// <summary>Places a stream that lost its replica, to go on after the tokens that have arrived. Waits while no replica is ready or all are full.</summary>
    /// <param name="profile">That of these tokens, and the only one that will do; empty: any, as there are none.</param>
    /// <exception cref="RefusedException">None took it within <see cref="GatewayOptions.StallTimeout"/>, none has been of its profile for <see cref="GatewayOptions.ProfileTimeout"/> (ABORTED), or it
    /// can never run.</exception>
    public Task<ReplicaStream> ResumeAsync(GenerationRequest request, List<int> received, string profile, DateTimeOffset? deadline, CancellationToken cancellationToken)
    {
        metrics.OnResubmitted();
        return PlaceAsync(request, received, profile, deadline, options.StallTimeout, refusal => refusal == StatusCode.InvalidArgument, cancellationToken);
    }

    private async Task<ReplicaStream> PlaceAsync(
        GenerationRequest request,
        List<int> received,
        string profile,
        DateTimeOffset? deadline,
        TimeSpan limit,
        Func<StatusCode, bool> isFinal,
        CancellationToken cancellationToken)
    {
        var (since, seen) = (time.GetTimestamp(), time.GetTimestamp());
        var delay = options.RetryDelay;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (stream, refusal) = await OfferAsync(request, received, profile, deadline, cancellationToken);
            if (stream is not null)
                return stream;
            if (refusal is not null && isFinal(refusal.Code))
                throw refusal;
            if (profile.Length == 0 && topology.Current is { Ready.Count: 0, Leaving.Count: > 0 })
                since = time.GetTimestamp();
            if (profile.Length == 0 || topology.Current.MayHave(profile))
                seen = time.GetTimestamp();
            if (time.GetElapsedTime(seen) >= options.ProfileTimeout)
                throw new RefusedException(StatusCode.Aborted, $"No replica computes profile {profile} any more, on which this stream began: the cluster was upgraded. Another profile's tokens would not be its own; send the request again, from its beginning.");
            if (time.GetElapsedTime(since) >= limit)
                throw refusal ?? RefusedException.Unavailable($"No replica took the request within {limit.TotalSeconds} s; send the request again later.");
            await Task.Delay(delay, time, cancellationToken);
            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, options.RetryDelay.Ticks * 10));
        }
    }

    /// <summary>One round over the replicas that may have it. Neither a stream nor a refusal: some did not answer, have not formed, or are of another profile by now.</summary>
    private async Task<(ReplicaStream? Stream, RefusedException? Refusal)> OfferAsync(
        GenerationRequest request, List<int> received, string profile, DateTimeOffset? deadline, CancellationToken cancellationToken)
    {
        var left = (profile.Length > 0 ? topology.Current.Of(profile) : topology.Current.Ready).ToList();
        if (left.Count == 0)
            return (null, RefusedException.Unavailable("No replica of the model is ready; send the request again when grpc.health.v1 says SERVING."));
        var blocks = left.Count > 1 && _turns is null ? _sent.NamesOf(request.Tenant.Name, request.Prompt) : []; // one replica needs no choice
        var unclear = false;
        RefusedException? full = null;
        while (left.Count > 0)
        {
            var replica = TakeBest(left, request.Turn?.Replica, blocks);
            var pump = pumps.For(replica.Index);
            var submission = $"{request.Id}~{Interlocked.Increment(ref _submissions)}";
            try
            {
                var submit = request.ToSubmit(submission, pumps.Gateway, CollectionsMarshal.AsSpan(received), profile, deadline);
                using var hop = GatewayTracing.BeginSubmit(replica.Index, received.Count);
                var (stream, reply) = await pump.SubmitAsync(submit, received.Count, cancellationToken);
                if (stream is not null)
                {
                    _sent.Add(replica.Index, replica.Epoch, blocks);
                    return (stream, null);
                }

                if (reply.Refusal == SubmitRefusal.Impossible)
                    return (null, new RefusedException(StatusCode.InvalidArgument, reply.Reason ?? "The request can never run here; shorten it."));
                if (reply.Refusal is SubmitRefusal.NotReady or SubmitRefusal.OtherProfile)
                    unclear = true;
                else if (full is null || reply.RetryAfter < full.RetryAfter)
                    full = Full(reply);
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                // The pump has logged it; another replica may do better.
                unclear = true;
            }
        }

        return (null, unclear ? null : full);
    }

    private static RefusedException Full(SubmitReply reply) =>
        new(StatusCode.ResourceExhausted, reply.Reason ?? "The queue is full; send the request again later.") { RetryAfter = reply.RetryAfter };

    private ReplicaStatus TakeBest(List<ReplicaStatus> replicas, int? session, UInt128[] blocks)
    {
        var answering = replicas.FindAll(replica => !pumps.For(replica.Index).IsFailing);
        var candidates = answering.Count > 0 ? answering : replicas;
        if (_turns is not null)
            return Take(replicas, candidates[_turns.Choose(candidates.Count)]);
        var routes = candidates.ConvertAll(replica => new RouteCandidate(LoadOf(replica), _sent.Match(replica.Index, replica.Epoch, blocks), replica.Index == session));
        return Take(replicas, candidates[ReplicaRouter.Choose(CollectionsMarshal.AsSpan(routes))!.Value]);
    }

    private static ReplicaStatus Take(List<ReplicaStatus> replicas, ReplicaStatus chosen)
    {
        replicas.Remove(chosen);
        return chosen;
    }

    /// <summary>What the replica said last, or more where this gateway alone has sent it more since.</summary>
    private ReplicaLoad LoadOf(ReplicaStatus replica) =>
        new(replica.Waiting, Math.Max(replica.Running, pumps.For(replica.Index).OpenStreams - replica.Waiting));
}
