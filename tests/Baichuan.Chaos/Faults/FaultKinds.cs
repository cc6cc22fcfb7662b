namespace Baichuan.Chaos.Faults;

/// <summary>Faults as the command line names them.</summary>
internal static class FaultKinds
{
    public static readonly IReadOnlyDictionary<string, FaultKind> Names = new Dictionary<string, FaultKind>
    {
        ["kill-shard"] = FaultKind.KillShard,
        ["kill-loading"] = FaultKind.KillLoading,
        ["stop-shard"] = FaultKind.StopShard,
        ["pause-shard"] = FaultKind.PauseShard,
        ["kill-coordinator"] = FaultKind.KillCoordinator,
        ["kill-gateway"] = FaultKind.KillGateway,
        ["cut-link"] = FaultKind.CutLink,
        ["store-down"] = FaultKind.StoreDown,
        ["scale"] = FaultKind.Scale,
        ["rolling-restart"] = FaultKind.RollingRestart,
        ["upgrade"] = FaultKind.Upgrade,
    };

    /// <summary>For how long it lasts until it is mended; null: what was killed is started again as soon as every stream goes on.</summary>
    public static TimeSpan? HoldOf(FaultKind fault) => fault switch
    {
        FaultKind.StopShard or FaultKind.CutLink => TimeSpan.FromSeconds(30),
        FaultKind.StoreDown => TimeSpan.FromSeconds(60),
        _ => null,
    };

    /// <summary>Whether streams stand still through it; else they must not, and the fault counts all the same.</summary>
    public static bool Stalls(FaultKind fault) => fault is not (FaultKind.RollingRestart or FaultKind.StoreDown or FaultKind.PauseShard or FaultKind.Scale or FaultKind.Upgrade);
}
