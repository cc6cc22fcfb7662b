using System.Text.Json;
using Npgsql;

namespace Baichuan.Cluster.State.Postgres;

/// <summary>Reads the membership table; silos and clients see it through the same code.</summary>
internal static class PostgresMembership
{
    /// <summary>The version of a cluster that nobody has initialised: no stored etag equals it, so nothing can be inserted on top of it.</summary>
    private static readonly TableVersion s_none = new(0, "");

    /// <summary>The silos of <paramref name="clusterId"/> (or only <paramref name="silo"/>) and the table's version: both of one moment, by one statement.</summary>
    public static async Task<MembershipTableData> ReadAsync(NpgsqlTransaction transaction, string clusterId, SiloAddress? silo = null)
    {
        var rows = await transaction.QueryAsync(
            """
            SELECT c.version, c.etag, s.etag, s.i_am_alive, s.entry::text
            FROM baichuan.cluster c LEFT JOIN baichuan.silo s ON s.cluster_id = c.cluster_id AND ($2 = '' OR s.address = $2)
            WHERE c.cluster_id = $1 ORDER BY s.address
            """,
            row => (Version: new TableVersion(row.GetInt32(0), row.GetString(1)), Silo: row.IsDBNull(2) ? null : Tuple.Create(Entry(row.GetString(4), row.GetDateTime(3)), row.GetString(2))),
            clusterId, silo?.ToParsableString() ?? "");
        return new MembershipTableData([.. rows.Select(row => row.Silo).OfType<Tuple<MembershipEntry, string>>()], rows.Count > 0 ? rows[0].Version : s_none);
    }

    /// <summary>Everything of an entry but its heartbeat.</summary>
    public static string Json(MembershipEntry entry) => JsonSerializer.Serialize(new Row(
        entry.SiloAddress.ToParsableString(),
        entry.Status.ToString(),
        entry.ProxyPort,
        entry.HostName,
        entry.SiloName,
        entry.RoleName,
        entry.UpdateZone,
        entry.FaultZone,
        [.. (entry.SuspectTimes ?? []).Select(vote => new Suspicion(vote.Item1.ToParsableString(), vote.Item2))],
        entry.StartTime));

    private static MembershipEntry Entry(string json, DateTime iAmAlive)
    {
        var row = JsonSerializer.Deserialize<Row>(json)!;
        return new MembershipEntry
        {
            SiloAddress = SiloAddress.FromParsableString(row.Address),
            Status = Enum.Parse<SiloStatus>(row.Status),
            ProxyPort = row.ProxyPort,
            HostName = row.HostName,
            SiloName = row.SiloName,
            RoleName = row.RoleName,
            UpdateZone = row.UpdateZone,
            FaultZone = row.FaultZone,
            SuspectTimes = [.. row.Suspicions.Select(vote => Tuple.Create(SiloAddress.FromParsableString(vote.By), vote.At))],
            StartTime = row.StartTime,
            IAmAliveTime = iAmAlive,
        };
    }

    private sealed record Suspicion(string By, DateTime At);

    private sealed record Row(
        string Address, string Status, int ProxyPort, string HostName, string SiloName, string? RoleName, int UpdateZone, int FaultZone, Suspicion[] Suspicions, DateTime StartTime);
}
