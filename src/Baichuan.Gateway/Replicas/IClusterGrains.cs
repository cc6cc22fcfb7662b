using Baichuan.Cluster.Abstractions;

namespace Baichuan.Gateway.Replicas;

/// <summary>The grains that a gateway calls; tests have their own.</summary>
internal interface IClusterGrains
{
    IModelGrain Model { get; }

    IReplicaGrain Replica(int index);
}
