using Npgsql;

namespace Baichuan.Cluster.State.Postgres;

/// <summary>One statement inside a transaction, with parameters $1, $2 and so on.</summary>
internal static class PostgresStatements
{
    /// <returns>How many rows it changed.</returns>
    public static async Task<int> ExecuteAsync(this NpgsqlTransaction transaction, string sql, params object[] parameters)
    {
        await using var command = Command(transaction, sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>All rows of a query, each read by <paramref name="read"/>.</summary>
    public static async Task<List<T>> QueryAsync<T>(this NpgsqlTransaction transaction, string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        await using var command = Command(transaction, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>The first column of the first row; null without a row.</summary>
    public static async Task<object?> ScalarAsync(this NpgsqlTransaction transaction, string sql, params object[] parameters)
    {
        await using var command = Command(transaction, sql, parameters);
        return await command.ExecuteScalarAsync();
    }

    private static NpgsqlCommand Command(NpgsqlTransaction transaction, string sql, object[] parameters)
    {
        var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
