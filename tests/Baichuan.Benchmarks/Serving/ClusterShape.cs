using Baichuan.Model.Plan;

namespace Baichuan.Benchmarks.Serving;

/// <summary>A cluster to be started: a silo of one slot and one compute thread for every shard, and gateways before them.</summary>
/// <param name="Model">Folder of the checkpoint.</param>
internal sealed record ClusterShape(string Model, WeightType Weights)
{
    public int TensorParallel { get; init; } = 2;

    public int Replicas { get; init; } = 1;

    /// <summary>Further options of the deployment, for silos and gateways.</summary>
    public string[] Deployment { get; init; } = [];

    /// <summary>Further options of each silo.</summary>
    public string[] Silo { get; init; } = [];

    /// <summary>Further options of each gateway; as many gateways as there are entries.</summary>
    public string[][] Gateways { get; init; } = [[]];
}
