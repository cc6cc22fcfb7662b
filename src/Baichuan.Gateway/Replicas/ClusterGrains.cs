using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Sessions;

namespace Baichuan.Gateway.Replicas;

/// <summary>The grains of the cluster, through the process's Orleans client or its silo.</summary>
internal sealed class ClusterGrains(IGrainFactory grains, ServedModel model) : IClusterGrains
{
    public IModelGrain Model => grains.GetGrain<IModelGrain>(model.Name);

    public IReplicaGrain Replica(int index) => grains.GetGrain<IReplicaGrain>(new ReplicaKey(model.Name, index).ToString());

    public ISessionGrain Session(SessionKey key) => grains.GetGrain<ISessionGrain>(key.ToString());
}
