namespace Baichuan.Cluster.Abstractions.Sessions;

public enum TurnOutcome
{
    /// <summary>The turn has the session.</summary>
    Granted,

    /// <summary>There is no such session, or it has expired.</summary>
    NotFound,

    /// <summary>Another turn has it.</summary>
    Busy,
}
