using Baichuan.Cluster.Abstractions.State.Sqlite;
using Microsoft.Data.Sqlite;

namespace Baichuan.Cluster.Tests.State.Sqlite;

/// <summary>A temporary folder with a state file in it. Two <see cref="Open"/> calls stand for two processes: they share nothing but the file.</summary>
public sealed class StateFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("baichuan-state-");

    public string File => Path.Combine(_folder.FullName, "state.db");

    internal SqliteStateFile Open() => new(File);

    /// <summary>A connection beside the code under test.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return connection;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
