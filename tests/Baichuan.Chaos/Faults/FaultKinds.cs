namespace Baichuan.Chaos.Faults;

/// <summary>Faults as the command line names them.</summary>
internal static class FaultKinds
{
    public static readonly IReadOnlyDictionary<string, FaultKind> Names = new Dictionary<string, FaultKind>
    {
        ["kill-shard"] = FaultKind.KillShard,
        ["kill-loading"] = FaultKind.KillLoading,
        ["stop-shard"] = FaultKind.StopShard,
        ["kill-coordinator"] = FaultKind.KillCoordinator,
        ["kill-gateway"] = FaultKind.KillGateway,
        ["cut-link"] = FaultKind.CutLink,
        ["rolling-restart"] = FaultKind.RollingRestart,
    };
}
