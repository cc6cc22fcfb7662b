using Microsoft.Data.Sqlite;

namespace Baichuan.Cluster.Abstractions.State.Sqlite;

/// <summary>The tables of the state file, and the marks by which a file is known to be one.</summary>
internal static class SqliteStateSchema
{
    // SQLite's application id: "BCM1" in ASCII. It stands in the file's header, so `file` and other tools show it.
    private const int ApplicationId = 0x42434D31;
    private const int Version = 1;

    // Times are ISO 8601 text, statuses are names, silos are Orleans' parsable addresses: people will look into this file with the sqlite3 tool.
    private const string Tables = """
        CREATE TABLE cluster (
            cluster_id TEXT PRIMARY KEY,
            version    INTEGER NOT NULL,
            etag       TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE silo (
            cluster_id  TEXT NOT NULL,
            address     TEXT NOT NULL,
            etag        TEXT NOT NULL,
            status      TEXT NOT NULL,
            proxy_port  INTEGER NOT NULL,
            host_name   TEXT,
            silo_name   TEXT,
            role_name   TEXT,
            update_zone INTEGER NOT NULL,
            fault_zone  INTEGER NOT NULL,
            suspicions  TEXT NOT NULL,
            start_time  TEXT NOT NULL,
            i_am_alive  TEXT NOT NULL,
            PRIMARY KEY (cluster_id, address)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE grain_state (
            service_id TEXT NOT NULL,
            state_name TEXT NOT NULL,
            grain_id   TEXT NOT NULL,
            etag       TEXT NOT NULL,
            payload    BLOB NOT NULL,
            PRIMARY KEY (service_id, state_name, grain_id)
        ) STRICT;
        """;

    /// <summary>Makes a fresh file ours, and refuses one that is not. Several processes may do this to the same file at once.</summary>
    /// <exception cref="IOException">The file belongs to another program or another version of this one, or cannot have a write-ahead log.</exception>
    public static void Ensure(SqliteConnection connection, string path)
    {
        // Looked at before anything is changed: a foreign database must stay as it is.
        bool isFresh;
        using (var reading = connection.BeginTransaction(deferred: true))
            isFresh = IsFresh(reading, path);

        // Conversations may lie in it. Before the log exists, because the log inherits the file's mode.
        if (isFresh && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        using (var journal = connection.CreateCommand())
        {
            journal.CommandText = "PRAGMA journal_mode = WAL";
            if (journal.ExecuteScalar() is not "wal")
                throw new IOException($"The state file '{path}' lies on a file system without write-ahead logging (a network share?): put it on a local disk.");
        }

        // The only writer from here: proves that the file can be written, and finds out whether another process was quicker.
        using var writing = connection.BeginTransaction(deferred: false);
        if (IsFresh(writing, path))
            writing.Execute($"{Tables} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version};");
        writing.Commit();
    }

    private static bool IsFresh(SqliteTransaction transaction, string path)
    {
        var (applicationId, version, objects) = transaction.Query(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version",
            row => (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)))[0];
        if (applicationId == 0 && objects == 0)
            return true;
        if (applicationId != ApplicationId)
        {
            throw new IOException($"The file '{path}' is a SQLite database of another program (application id {applicationId}, expected {ApplicationId}): "
                + "it was left untouched. Name another file for the cluster's state.");
        }

        if (version != Version)
        {
            throw new IOException($"The state file '{path}' has layout version {version}, this program reads version {Version}: "
                + "use the program that wrote it, or name another file.");
        }

        return false;
    }
}
