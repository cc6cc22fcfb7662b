namespace Baichuan.Cluster.Hosting;

/// <summary>What keeps a cluster's membership table and its grains' state.</summary>
public enum StateStore
{
    /// <summary>A file, for the processes of one machine.</summary>
    Sqlite,

    /// <summary>A Redis server that writes what it holds to disk.</summary>
    Redis,

    /// <summary>A PostgreSQL database with the tables that <c>baichuan-server postgres-schema</c> makes.</summary>
    Postgres,
}
