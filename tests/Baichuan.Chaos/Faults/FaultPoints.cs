namespace Baichuan.Chaos.Faults;

/// <summary>Points of the server's code at which a process can be told to die, by what it is to the streams.</summary>
internal static class FaultPoints
{
    public const string Load = "load";

    public static readonly IReadOnlyDictionary<FaultKind, string[]> Of = new Dictionary<FaultKind, string[]>
    {
        [FaultKind.KillShard] = ["before-kv-append", "after-kv-append", "before-all-reduce", "after-all-reduce"],
        [FaultKind.KillCoordinator] = ["before-token-commit", "after-token-commit"],
        [FaultKind.KillGateway] = ["before-gateway-write", "after-gateway-write"],
    };
}
