using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;

namespace Baichuan.Cluster.State.Postgres;

/// <summary>Orleans' membership table in PostgreSQL. Every change takes the cluster's row by compare-and-set first, which orders the writers.</summary>
internal sealed class PostgresMembershipTable(PostgresState state, IOptions<ClusterOptions> options) : IMembershipTable
{
    private readonly string _clusterId = options.Value.ClusterId;

    public async Task InitializeMembershipTable(bool tryInitTableVersion)
    {
        await state.CheckAsync(CancellationToken.None);
        if (tryInitTableVersion)
            await state.RunAsync(transaction => transaction.ExecuteAsync("INSERT INTO baichuan.cluster VALUES ($1, 0, $2) ON CONFLICT DO NOTHING", _clusterId, NewEtag()));
    }

    public Task<MembershipTableData> ReadRow(SiloAddress key) => state.RunAsync(transaction => PostgresMembership.ReadAsync(transaction, _clusterId, key));

    public Task<MembershipTableData> ReadAll() => state.RunAsync(transaction => PostgresMembership.ReadAsync(transaction, _clusterId));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => ChangeAsync(tableVersion, transaction => transaction.ExecuteAsync(
        "INSERT INTO baichuan.silo VALUES ($1, $2, $3, $4, $5::jsonb) ON CONFLICT DO NOTHING",
        _clusterId, entry.SiloAddress.ToParsableString(), NewEtag(), Utc(entry.IAmAliveTime), PostgresMembership.Json(entry)));

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => ChangeAsync(tableVersion, transaction => transaction.ExecuteAsync(
        "UPDATE baichuan.silo SET etag = $4, i_am_alive = $5, entry = $6::jsonb WHERE cluster_id = $1 AND address = $2 AND etag = $3",
        _clusterId, entry.SiloAddress.ToParsableString(), etag, NewEtag(), Utc(entry.IAmAliveTime), PostgresMembership.Json(entry)));

    // A heartbeat leaves both etags alone, so that it never makes somebody's compare-and-set fail.
    public Task UpdateIAmAlive(MembershipEntry entry) => state.RunAsync(transaction => transaction.ExecuteAsync(
        "UPDATE baichuan.silo SET i_am_alive = $3 WHERE cluster_id = $1 AND address = $2", _clusterId, entry.SiloAddress.ToParsableString(), Utc(entry.IAmAliveTime)));

    public Task DeleteMembershipTableEntries(string clusterId) => state.RunAsync(async transaction =>
    {
        await transaction.ExecuteAsync("DELETE FROM baichuan.silo WHERE cluster_id = $1", clusterId);
        return await transaction.ExecuteAsync("DELETE FROM baichuan.cluster WHERE cluster_id = $1", clusterId);
    });

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => state.RunAsync(async transaction =>
    {
        var deleted = 0;
        foreach (var (entry, etag) in (await PostgresMembership.ReadAsync(transaction, _clusterId)).Members)
        {
            if (entry.Status == SiloStatus.Dead && LastUpdate(entry) < beforeDate.UtcDateTime)
                deleted += await transaction.ExecuteAsync(
                    "DELETE FROM baichuan.silo WHERE cluster_id = $1 AND address = $2 AND etag = $3", _clusterId, entry.SiloAddress.ToParsableString(), etag);
        }

        return deleted;
    });

    private async Task<bool> ChangeAsync(TableVersion next, Func<NpgsqlTransaction, Task<int>> change)
    {
        try
        {
            return await state.RunAsync(async transaction =>
            {
                var taken = await transaction.ExecuteAsync(
                    "UPDATE baichuan.cluster SET version = $3, etag = $4 WHERE cluster_id = $1 AND etag = $2", _clusterId, next.VersionEtag, next.Version, NewEtag());
                return taken == 1 && await change(transaction) == 1 ? true : throw new LostException();
            });
        }
        catch (LostException)
        {
            return false;
        }
    }

    // The death of a silo is recorded as a vote, so a silo that was silent for long and declared dead just now stays visible.
    private static DateTime LastUpdate(MembershipEntry entry) =>
        (entry.SuspectTimes ?? []).Select(vote => vote.Item2).Append(entry.StartTime).Append(entry.IAmAliveTime).Max();

    private static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);

    // Not a counter: a table that was deleted and begun again must not accept an etag of its former life.
    private static string NewEtag() => Guid.NewGuid().ToString("N");

    /// <summary>Somebody else was first: the transaction is rolled back.</summary>
    private sealed class LostException : Exception;
}
