using Baichuan.Cluster.Abstractions.State.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Baichuan.Cluster.State.Sqlite;

/// <summary>
/// The membership table of one cluster in the state file. Each method is one transaction; a stale etag is answered with false and changes nothing.
/// Called by Orleans' membership service from several threads. The cancellable variants are the interface's own: they stop waiting, the transaction ends soon.
/// </summary>
internal sealed class SqliteMembershipTable(SqliteStateFile file, IOptions<ClusterOptions> cluster) : IMembershipTable
{
    private readonly string _clusterId = cluster.Value.ClusterId;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => file.WriteAsync(transaction =>
    {
        if (tryInitTableVersion)
        {
            transaction.Execute(
                "INSERT INTO cluster (cluster_id, version, etag) VALUES ($cluster, 0, $etag) ON CONFLICT DO NOTHING",
                ("$cluster", _clusterId), ("$etag", NewEtag()));
        }
    });

    public Task<MembershipTableData> ReadRow(SiloAddress key) => file.ReadAsync(transaction => MembershipRows.Read(transaction, _clusterId, key));

    public Task<MembershipTableData> ReadAll() => file.ReadAsync(transaction => MembershipRows.Read(transaction, _clusterId));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => file.WriteAsync(transaction =>
    {
        if (!IsCurrent(transaction, tableVersion) || RowEtag(transaction, entry.SiloAddress) is not null)
            return false;
        WriteRow(transaction, entry);
        WriteVersion(transaction, tableVersion);
        return true;
    });

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => file.WriteAsync(transaction =>
    {
        if (!IsCurrent(transaction, tableVersion) || RowEtag(transaction, entry.SiloAddress) is not { } stored || stored != etag)
            return false;
        WriteRow(transaction, entry);
        WriteVersion(transaction, tableVersion);
        return true;
    });

    // A heartbeat leaves both etags alone, so that it never makes somebody's compare-and-set fail.
    public Task UpdateIAmAlive(MembershipEntry entry) => file.WriteAsync(transaction =>
    {
        transaction.Execute(
            "UPDATE silo SET i_am_alive = $iAmAlive WHERE cluster_id = $cluster AND address = $address",
            [("$iAmAlive", MembershipRows.Time(entry.IAmAliveTime)), .. Key(entry.SiloAddress)]);
    });

    public Task DeleteMembershipTableEntries(string clusterId) => file.WriteAsync(transaction =>
    {
        transaction.Execute("DELETE FROM silo WHERE cluster_id = $cluster", ("$cluster", clusterId));
        transaction.Execute("DELETE FROM cluster WHERE cluster_id = $cluster", ("$cluster", clusterId));
    });

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => file.WriteAsync(transaction =>
    {
        foreach (var (entry, _) in MembershipRows.Read(transaction, _clusterId).Members)
        {
            if (entry.Status == SiloStatus.Dead && LastUpdate(entry) < beforeDate.UtcDateTime)
                transaction.Execute("DELETE FROM silo WHERE cluster_id = $cluster AND address = $address", Key(entry.SiloAddress));
        }
    });

    private bool IsCurrent(SqliteTransaction transaction, TableVersion next) =>
        transaction.Text("SELECT etag FROM cluster WHERE cluster_id = $cluster", ("$cluster", _clusterId)) == next.VersionEtag;

    private string? RowEtag(SqliteTransaction transaction, SiloAddress silo) =>
        transaction.Text("SELECT etag FROM silo WHERE cluster_id = $cluster AND address = $address", Key(silo));

    private void WriteRow(SqliteTransaction transaction, MembershipEntry entry) => transaction.Execute(
        """
        INSERT OR REPLACE INTO silo (cluster_id, address, etag, status, proxy_port, host_name, silo_name, role_name,
            update_zone, fault_zone, suspicions, start_time, i_am_alive)
        VALUES ($cluster, $address, $etag, $status, $proxyPort, $hostName, $siloName, $roleName,
            $updateZone, $faultZone, $suspicions, $startTime, $iAmAlive)
        """,
        [.. Key(entry.SiloAddress), ("$etag", NewEtag()), .. MembershipRows.Columns(entry)]);

    private void WriteVersion(SqliteTransaction transaction, TableVersion version) => transaction.Execute(
        "UPDATE cluster SET version = $version, etag = $etag WHERE cluster_id = $cluster",
        ("$version", version.Version), ("$etag", NewEtag()), ("$cluster", _clusterId));

    private (string Name, object? Value)[] Key(SiloAddress silo) => [("$cluster", _clusterId), ("$address", silo.ToParsableString())];

    // The death of a silo is recorded as a vote, so a silo that was silent for long and declared dead just now stays visible.
    private static DateTime LastUpdate(MembershipEntry entry) =>
        (entry.SuspectTimes ?? []).Select(vote => vote.Item2).Append(entry.StartTime).Append(entry.IAmAliveTime).Max();

    // Not a counter: a table that was deleted and begun again must not accept an etag of its former life.
    private static string NewEtag() => Guid.NewGuid().ToString("N");
}
