namespace Baichuan.Cluster.Abstractions.State.Sqlite;

/// <summary>Where a one-machine cluster keeps its membership and its grains' state.</summary>
public sealed class SqliteStateOptions
{
    /// <summary>
    /// Path of the SQLite file, the same for every silo and gateway of the cluster. It is created when it is missing;
    /// its folder must exist, on a local disk (the write-ahead log needs memory that processes share, which network file systems lack).
    /// The file and its <c>-wal</c> and <c>-shm</c> companions belong together: never delete or move them under a running cluster.
    /// </summary>
    public string File { get; set; } = "";
}
