using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Cluster.Sessions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Baichuan.Cluster.State.Postgres;

/// <summary>The sessions in PostgreSQL.</summary>
internal sealed class PostgresStoredSessions(PostgresState state, IOptions<ClusterOptions> cluster) : IStoredSessions
{
    private const string Rows = $"FROM baichuan.grain_state WHERE service_id = $1 AND state_name = '{IStoredSessions.StateName}' AND starts_with(grain_id, $2)";

    public async Task<long> CountAsync(string model, string tenant) => (await state.RunAsync(transaction => transaction.QueryAsync(
        $"SELECT count(*) {Rows}", row => row.GetInt64(0), cluster.Value.ServiceId, $"{IStoredSessions.GrainType}{model}/{tenant}/")))[0];

    public Task<List<SessionKey>> ListAsync() => state.RunAsync(transaction => transaction.QueryAsync(
        $"SELECT grain_id {Rows}", row => SessionKey.Parse(row.GetString(0)[IStoredSessions.GrainType.Length..]), cluster.Value.ServiceId, IStoredSessions.GrainType));
}
