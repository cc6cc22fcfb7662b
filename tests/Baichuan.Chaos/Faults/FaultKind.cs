namespace Baichuan.Chaos.Faults;

internal enum FaultKind
{
    /// <summary>kill -9 of a silo that holds a shard.</summary>
    KillShard,

    /// <summary>SIGSTOP of a silo that holds a shard, then SIGCONT.</summary>
    StopShard,

    /// <summary>The same, and the silo whose slot takes the shard over dies while it loads.</summary>
    KillLoading,

    /// <summary>SIGSTOP for two seconds: nothing is removed from membership.</summary>
    PauseShard,

    /// <summary>kill -9 of the silo that the coordinator is on.</summary>
    KillCoordinator,

    /// <summary>kill -9 of a gateway.</summary>
    KillGateway,

    /// <summary>The network link of a silo that holds a shard goes down, then up again.</summary>
    CutLink,

    /// <summary>Nobody can read or write the state file. No stream stands still.</summary>
    StoreDown,

    /// <summary>No fault: two silos join the first, of a whole replica each, and take their share; then they are ended by SIGTERM.</summary>
    Scale,

    /// <summary>SIGTERM of one process after the other, each of which is started again.</summary>
    RollingRestart,

    /// <summary>No fault: one silo after the other is ended by SIGTERM and comes back with weights of another type, which give other answers; the next time with those of before.</summary>
    Upgrade,
}
