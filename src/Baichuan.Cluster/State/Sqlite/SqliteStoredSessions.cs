using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Cluster.Abstractions.State.Sqlite;
using Baichuan.Cluster.Sessions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Baichuan.Cluster.State.Sqlite;

/// <summary>The sessions in the state file.</summary>
internal sealed class SqliteStoredSessions(SqliteStateFile file, IOptions<ClusterOptions> cluster) : IStoredSessions
{
    private const string Rows = $"FROM grain_state WHERE service_id = $service AND state_name = '{IStoredSessions.StateName}' AND grain_id >= $from AND grain_id < $to";

    public async Task<long> CountAsync(string model, string tenant) =>
        (await ReadAsync($"SELECT count(*) {Rows}", row => row.GetInt64(0), $"{IStoredSessions.GrainType}{model}/{tenant}/"))[0];

    public Task<List<SessionKey>> ListAsync() =>
        ReadAsync($"SELECT grain_id {Rows}", row => SessionKey.Parse(row.GetString(0)[IStoredSessions.GrainType.Length..]), IStoredSessions.GrainType);

    // Every id that begins with a prefix which ends with a slash is below the same prefix with the character after it.
    private Task<List<T>> ReadAsync<T>(string query, Func<Microsoft.Data.Sqlite.SqliteDataReader, T> read, string prefix) => file.ReadAsync(transaction => transaction.Query(
        query, read, ("$service", cluster.Value.ServiceId), ("$from", prefix), ("$to", $"{prefix[..^1]}{(char)('/' + 1)}")));
}
