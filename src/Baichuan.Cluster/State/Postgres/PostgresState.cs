using Npgsql;

namespace Baichuan.Cluster.State.Postgres;

/// <summary>The way to the database: pooled connections, one short transaction for each access. Thread-safe.</summary>
internal sealed class PostgresState : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    /// <exception cref="ArgumentException">The connection string is not one; the message does not repeat it.</exception>
    public PostgresState(string connection)
    {
        try
        {
            _source = NpgsqlDataSource.Create(connection);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new ArgumentException("Silo:StoreConnection is not one of PostgreSQL; write Host=...;Username=...;Password=...;Database=... .");
        }
    }

    /// <summary>Fails with a sentence where the tables are missing or of another version.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var version = await RunAsync(async transaction => await transaction.ScalarAsync("SELECT version FROM baichuan.layout") as int?, cancellationToken);
            if (version != PostgresSchema.Version)
                throw new IOException($"The state in PostgreSQL has layout version {version}, this program reads version {PostgresSchema.Version}: use the program that made it, or another database.");
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new IOException("The database of Silo:StoreConnection does not have the cluster's tables: make them with baichuan-server postgres-schema, as a user who may.");
        }
    }

    /// <summary>Runs a script with transactions of its own.</summary>
    public async Task ScriptAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs <paramref name="work"/> in one transaction, which is committed unless it throws.</summary>
    public async Task<T> RunAsync<T>(Func<NpgsqlTransaction, Task<T>> work, CancellationToken cancellationToken = default)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var result = await work(transaction);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
