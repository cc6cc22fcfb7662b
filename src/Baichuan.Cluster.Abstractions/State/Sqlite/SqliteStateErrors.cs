using Microsoft.Data.Sqlite;

namespace Baichuan.Cluster.Abstractions.State.Sqlite;

/// <summary>Says in a sentence what a SQLite error code means for the person who runs the cluster.</summary>
internal static class SqliteStateErrors
{
    // Primary result codes, https://www.sqlite.org/rescode.html
    private const int Busy = 5, ReadOnly = 8, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    public static IOException Translate(SqliteException failure, string path)
    {
        var sentence = failure.SqliteErrorCode switch
        {
            Busy => $"another process has held the state file '{path}' for more than {SqliteStateFile.BusyTimeout.TotalSeconds:0} s: "
                + "look for a suspended silo, or a tool with an open transaction",
            ReadOnly => $"the state file '{path}' cannot be written: let this user write the file and its folder",
            Corrupt => $"the state file '{path}' is damaged: stop the cluster, move the file and its -wal and -shm companions away, "
                + "and start it again with an empty one",
            Full => $"no space is left for the state file '{path}': free some on its disk",
            CannotOpen => $"the state file '{path}' cannot be opened: its folder must exist, and this user must be allowed to write there",
            NotADatabase => $"the file '{path}' is not a SQLite database: it was left untouched; name another file for the cluster's state",
            _ => $"the state file '{path}' failed",
        };
        return new IOException($"{char.ToUpperInvariant(sentence[0])}{sentence[1..]} ({failure.Message.TrimEnd('.')}).", failure);
    }
}
