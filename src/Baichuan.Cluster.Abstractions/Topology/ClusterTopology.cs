namespace Baichuan.Cluster.Abstractions.Topology;

/// <summary>The deployment as ModelGrain sees it: which silos offer slots and which replicas stand on them.</summary>
[GenerateSerializer, Immutable]
public sealed record ClusterTopology
{
    [Id(0)] public required string Model { get; init; }

    /// <summary>Id of the profile (weights, types, executor, reduction layout, kernel version) of the first replica that is ready. While silos are upgraded others run another.</summary>
    [Id(1)] public required string Profile { get; init; }

    [Id(2)] public required int TensorParallel { get; init; }

    [Id(3)] public required int PipelineParallel { get; init; }

    /// <summary>Most tokens of a request, prompt and completion together.</summary>
    [Id(4)] public required int MaxContext { get; init; }

    [Id(5)] public required IReadOnlyList<SlotAdvertisement> Silos { get; init; }

    [Id(6)] public required IReadOnlyList<ReplicaStatus> Replicas { get; init; }
}
