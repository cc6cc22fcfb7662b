using Microsoft.Data.Sqlite;

namespace Baichuan.Cluster.Abstractions.State.Sqlite;

/// <summary>One statement inside a transaction, with named parameters.</summary>
internal static class SqliteStatements
{
    /// <summary>Runs a statement that returns no rows.</summary>
    public static void Execute(this SqliteTransaction transaction, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(transaction, sql, parameters);
        command.ExecuteNonQuery();
    }

    /// <summary>All rows of a query, each read by <paramref name="read"/>.</summary>
    public static List<T> Query<T>(
        this SqliteTransaction transaction, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(transaction, sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>The text in the first column of the first row; null without a row.</summary>
    public static string? Text(this SqliteTransaction transaction, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(transaction, sql, parameters);
        return command.ExecuteScalar() as string;
    }

    private static SqliteCommand Command(SqliteTransaction transaction, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
