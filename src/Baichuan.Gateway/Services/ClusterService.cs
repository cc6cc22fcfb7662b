using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.V1;
using Grpc.Core;
using ReplicaState = Baichuan.Cluster.Abstractions.Topology.ReplicaState;

namespace Baichuan.Gateway.Services;

/// <summary>baichuan.v1.Cluster: the last topology, as messages.</summary>
[BindServiceMethod(typeof(ClusterService), nameof(Bind))]
internal sealed class ClusterService(ServedModel model, TopologyWatch watch) : V1.Cluster.ClusterBase
{
    /// <summary>Found by the gRPC library through the attribute.</summary>
    public static void Bind(ServiceBinderBase binder, V1.Cluster.ClusterBase service) => V1.Cluster.BindService(new StrictBinder(binder), service);

    public override Task<GetTopologyResponse> GetTopology(GetTopologyRequest request, ServerCallContext context)
    {
        model.Require(request.Model);
        var topology = watch.Current.Topology
            ?? throw RefusedException.Unavailable("The gateway has not reached the cluster yet; ask again, or look whether its silos run.");
        return Task.FromResult(new GetTopologyResponse
        {
            Model = topology.Model,
            ProfileId = topology.Profile,
            TensorParallel = topology.TensorParallel,
            PipelineParallel = topology.PipelineParallel,
            ContextLength = topology.MaxContext,
            Silos = { topology.Silos.Select(ToMessage) },
            Replicas = { topology.Replicas.Select(ToMessage) },
        });
    }

    private static Silo ToMessage(SlotAdvertisement silo) => new()
    {
        Address = silo.Silo,
        DataEndpoint = silo.DataEndpoint,
        ProcessId = silo.ProcessId,
        Slots = silo.Slots,
        KvCacheBytesPerSlot = silo.KvCacheBytes,
        ProfileId = silo.Profile,
    };

    private static Replica ToMessage(ReplicaStatus replica) => new()
    {
        Index = replica.Index,
        State = replica.State switch
        {
            ReplicaState.Waiting => V1.ReplicaState.Waiting,
            ReplicaState.Forming => V1.ReplicaState.Forming,
            ReplicaState.Ready => V1.ReplicaState.Ready,
            _ => V1.ReplicaState.Unspecified,
        },
        Epoch = replica.Epoch,
        Shards = { replica.Shards.OrderBy(shard => (shard.Stage, shard.Rank)).Select(ToMessage) },
        Waiting = replica.Waiting,
        Running = replica.Running,
        GlobalBlocks = new BlockPool { Used = replica.GlobalBlocksUsed, Total = replica.GlobalBlocks },
        SlidingBlocks = new BlockPool { Used = replica.SlidingBlocksUsed, Total = replica.SlidingBlocks },
        Note = replica.Note ?? "",
        Coordinator = replica.Coordinator ?? "",
        ProfileId = replica.Profile,
    };

    private static Shard ToMessage(ShardPlace shard) => new()
    {
        Stage = shard.Stage,
        Rank = shard.Rank,
        Silo = shard.Silo,
        Slot = shard.Slot,
        ProcessId = shard.ProcessId,
        DataEndpoint = shard.DataEndpoint,
        KvCacheBytes = shard.KvCacheBytes,
    };
}
