using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Sessions;

namespace Baichuan.Gateway.Replicas;

/// <summary>The grains that a gateway calls; tests have their own.</summary>
internal interface IClusterGrains
{
    IModelGrain Model { get; }

    IReplicaGrain Replica(int index);

    ISessionGrain Session(SessionKey key);
}
