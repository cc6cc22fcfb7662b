using Microsoft.Data.Sqlite;

namespace Baichuan.Cluster.Abstractions.State.Sqlite;

/// <summary>
/// Owns the way to the state file: every access is one short transaction on its own pooled connection.
/// A process that is killed inside a transaction leaves nothing behind: the kernel drops its locks and the log's unfinished tail is ignored.
/// </summary>
/// <remarks>
/// SQLite's calls block. They take tens of microseconds as a rule, but up to <see cref="BusyTimeout"/> when another process was suspended while
/// it held the write lock, or the store is down. So each runs on a thread of its own: a handful of blocked ones on the thread pool, which has as many threads as cores, would hold up everything else.
/// One thread with a queue would let one blocked write hold up every read; readers of a write-ahead log never wait for a writer.
/// </remarks>
internal sealed class SqliteStateFile(string file)
{
    /// <summary>How long a transaction waits for other writers before it fails. They hold the lock for well under a millisecond.</summary>
    public static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly string _path = Path.GetFullPath(file);
    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = Path.GetFullPath(file),
        DefaultTimeout = (int)BusyTimeout.TotalSeconds,
    }.ToString();

    private readonly Lock _preparing = new();
    private volatile bool _prepared;

    /// <summary>Runs <paramref name="work"/> on one snapshot of the file.</summary>
    /// <exception cref="IOException">The file cannot be read; the message says why and what to do.</exception>
    public Task<T> ReadAsync<T>(Func<SqliteTransaction, T> work) => RunAsync(work, deferred: true);

    /// <summary>Runs <paramref name="work"/> as the only writer; commits when it returns, rolls back when it throws.</summary>
    /// <exception cref="IOException">The file cannot be written; the message says why and what to do.</exception>
    public Task<T> WriteAsync<T>(Func<SqliteTransaction, T> work) => RunAsync(work, deferred: false);

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<SqliteTransaction> work) => WriteAsync<object?>(transaction =>
    {
        work(transaction);
        return null;
    });

    /// <summary>Creates the file and its tables, or checks that an existing file is ours; blocks. Done once, on the first access at the latest.</summary>
    /// <exception cref="IOException">The file is foreign, damaged or out of reach; the message says which.</exception>
    public void Prepare()
    {
        if (_prepared)
            return;
        lock (_preparing)
        {
            if (_prepared)
                return;
            try
            {
                using var connection = Open();
                SqliteStateSchema.Ensure(connection, _path);
                _prepared = true;
            }
            catch (SqliteException failure)
            {
                throw SqliteStateErrors.Translate(failure, _path);
            }
        }
    }

    private Task<T> RunAsync<T>(Func<SqliteTransaction, T> work, bool deferred) =>
        Task.Factory.StartNew(() => Run(work, deferred), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private T Run<T>(Func<SqliteTransaction, T> work, bool deferred)
    {
        Prepare();
        try
        {
            using var connection = Open();
            using var transaction = connection.BeginTransaction(deferred);
            var result = work(transaction);
            transaction.Commit();
            return result;
        }
        catch (SqliteException failure)
        {
            throw SqliteStateErrors.Translate(failure, _path);
        }
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        // Per connection, so set on every one (a few microseconds). busy_timeout: SQLite's own waits start at 1 ms, the library's retries sleep 150 ms.
        // synchronous = NORMAL: a write survives the death of any process; a power cut may take the last ones, but no process that saw them lives on,
        // and the file stays sound. FULL would hold the write lock during an fsync, and a silo's death must not wait for a slow disk to be recorded.
        // secure_delete: what was deleted is overwritten, not only unlinked.
        using var settings = connection.CreateCommand();
        settings.CommandText = $"PRAGMA busy_timeout = {(int)BusyTimeout.TotalMilliseconds}; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;";
        settings.ExecuteNonQuery();
        return connection;
    }
}
