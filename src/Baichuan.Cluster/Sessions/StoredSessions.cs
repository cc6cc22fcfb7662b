using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Cluster.Abstractions.State.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Baichuan.Cluster.Sessions;

/// <summary>Which sessions the state file has, whether or not a silo has their grains active. Thread-safe.</summary>
internal sealed class StoredSessions(SqliteStateFile file, IOptions<ClusterOptions> cluster)
{
    // As grains are called there: type, then key.
    private const string GrainType = "session/";
    private const string Rows = "FROM grain_state WHERE service_id = $service AND state_name = 'session' AND grain_id >= $from AND grain_id < $to";

    /// <summary>How many a tenant has.</summary>
    public async Task<long> CountAsync(string model, string tenant) =>
        (await ReadAsync($"SELECT count(*) {Rows}", row => row.GetInt64(0), $"{GrainType}{model}/{tenant}/"))[0];

    public Task<List<SessionKey>> ListAsync() => ReadAsync($"SELECT grain_id {Rows}", row => SessionKey.Parse(row.GetString(0)[GrainType.Length..]), GrainType);

    // Every id that begins with a prefix which ends with a slash is below the same prefix with the character after it.
    private Task<List<T>> ReadAsync<T>(string query, Func<Microsoft.Data.Sqlite.SqliteDataReader, T> read, string prefix) => file.ReadAsync(transaction => transaction.Query(
        query, read, ("$service", cluster.Value.ServiceId), ("$from", prefix), ("$to", $"{prefix[..^1]}{(char)('/' + 1)}")));
}
