using System.Runtime.Versioning;
using Baichuan.Cluster.Abstractions.State.Sqlite;
using Microsoft.Data.Sqlite;

namespace Baichuan.Cluster.Tests.State.Sqlite;

public sealed class SqliteStateFileTests : IDisposable
{
    private readonly StateFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Many_processes_may_create_the_file_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => _folder.Open().WriteAsync(transaction => Write(transaction, $"cluster-{number}"))));

        Assert.Equal(8, await Count(_folder.Open()));
    }

    [Fact]
    public async Task A_transaction_that_throws_leaves_nothing_behind()
    {
        var file = _folder.Open();

        await Assert.ThrowsAsync<TimeoutException>(() => file.WriteAsync<bool>(transaction =>
        {
            Write(transaction, "cluster");
            throw new TimeoutException();
        }));

        Assert.Equal(0, await Count(file));
    }

    [Fact]
    public async Task An_access_that_may_block_takes_no_thread_of_the_pool()
    {
        var file = _folder.Open();

        Assert.False(await file.ReadAsync(_ => Thread.CurrentThread.IsThreadPoolThread));
        Assert.False(await file.WriteAsync(_ => Thread.CurrentThread.IsThreadPoolThread));
    }

    [Fact]
    public async Task A_writer_that_drops_its_connection_leaves_the_file_usable()
    {
        var file = _folder.Open();
        file.Prepare();
        using (var dying = _folder.Connect())
            Write(dying.BeginTransaction(), "lost");

        await file.WriteAsync(transaction => Write(transaction, "kept"));

        Assert.Equal(1, await Count(file));
    }

    [Fact]
    public async Task What_a_kill_leaves_on_disk_in_the_middle_of_a_write_holds_everything_committed_and_nothing_else()
    {
        using var afterTheKill = new StateFolder();
        await _folder.Open().WriteAsync(transaction => Write(transaction, "committed"));
        using var dying = _folder.Connect();
        using var unfinished = dying.BeginTransaction();
        unfinished.Execute("PRAGMA cache_size = 1");
        for (var number = 0; number < 1000; number++)
            Write(unfinished, $"{new string('x', 1000)}{number}");
        foreach (var companion in new[] { "", "-wal" })
            File.Copy(_folder.File + companion, afterTheKill.File + companion);

        Assert.True(new FileInfo(afterTheKill.File + "-wal").Length > 1_000_000, "the unfinished write should have reached the log");
        Assert.Equal(1, await Count(afterTheKill.Open()));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Only_its_owner_may_read_the_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes");
        _folder.Open().Prepare();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_was()
    {
        File.WriteAllText(_folder.File, "a list of departments");

        var refusal = await Assert.ThrowsAsync<IOException>(() => Count(_folder.Open()));

        Assert.StartsWith($"The file '{_folder.File}' is not a SQLite database", refusal.Message);
        Assert.Equal("a list of departments", File.ReadAllText(_folder.File));
    }

    [Fact]
    public async Task A_damaged_file_is_refused()
    {
        _folder.Open().Prepare();
        using (var connection = _folder.Connect())
            Run(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        var bytes = File.ReadAllBytes(_folder.File);
        Array.Fill(bytes, (byte)0xA5, 100, bytes.Length - 100);
        using var damaged = new StateFolder();
        File.WriteAllBytes(damaged.File, bytes);

        var refusal = await Assert.ThrowsAsync<IOException>(() => Count(damaged.Open()));

        Assert.StartsWith($"The state file '{damaged.File}' is damaged", refusal.Message);
    }

    [Fact]
    public async Task Another_programs_database_is_refused_and_left_as_it_was()
    {
        using (var connection = _folder.Connect())
            Run(connection, "CREATE TABLE invoices (id INTEGER)");
        var before = File.ReadAllBytes(_folder.File);

        var refusal = await Assert.ThrowsAsync<IOException>(() => Count(_folder.Open()));

        Assert.Contains("is a SQLite database of another program", refusal.Message);
        Assert.Equal(before, File.ReadAllBytes(_folder.File));
    }

    [Fact]
    public async Task A_file_of_a_later_layout_is_refused()
    {
        _folder.Open().Prepare();
        using (var connection = _folder.Connect())
            Run(connection, "PRAGMA user_version = 99");

        var refusal = await Assert.ThrowsAsync<IOException>(() => Count(_folder.Open()));

        Assert.Contains("has layout version 99, this program reads version 1", refusal.Message);
    }

    private static void Write(SqliteTransaction transaction, string cluster) =>
        transaction.Execute("INSERT INTO cluster (cluster_id, version, etag) VALUES ($cluster, 0, '')", ("$cluster", cluster));

    private static Task<int> Count(SqliteStateFile file) =>
        file.ReadAsync(transaction => transaction.Query("SELECT count(*) FROM cluster", row => row.GetInt32(0))[0]);

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
