using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Baichuan.Cluster.Abstractions.State.Sqlite;

/// <summary>Reads the membership table; silos and clients see it through the same code.</summary>
internal static class MembershipRows
{
    /// <summary>The version of a cluster that nobody has initialised: no stored etag equals it, so nothing can be inserted on top of it.</summary>
    private static readonly TableVersion s_none = new(0, "");

    /// <summary>The silos of <paramref name="clusterId"/> (or only <paramref name="silo"/>) and the table's version, in one snapshot.</summary>
    public static MembershipTableData Read(SqliteTransaction transaction, string clusterId, SiloAddress? silo = null)
    {
        var version = transaction.Query(
            "SELECT version, etag FROM cluster WHERE cluster_id = $cluster",
            row => new TableVersion(row.GetInt32(0), row.GetString(1)),
            ("$cluster", clusterId)).FirstOrDefault(s_none);
        var silos = transaction.Query(
            """
            SELECT etag, address, status, proxy_port, host_name, silo_name, role_name, update_zone, fault_zone, suspicions, start_time, i_am_alive
            FROM silo WHERE cluster_id = $cluster AND ($address IS NULL OR address = $address) ORDER BY address
            """,
            row => Tuple.Create(Entry(row), row.GetString(0)),
            ("$cluster", clusterId), ("$address", silo?.ToParsableString()));
        return new MembershipTableData(silos, version);
    }

    /// <summary>Every column of the row but its key and etag.</summary>
    public static (string Name, object? Value)[] Columns(MembershipEntry entry) =>
    [
        ("$status", entry.Status.ToString()),
        ("$proxyPort", entry.ProxyPort),
        ("$hostName", entry.HostName),
        ("$siloName", entry.SiloName),
        ("$roleName", entry.RoleName),
        ("$updateZone", entry.UpdateZone),
        ("$faultZone", entry.FaultZone),
        ("$suspicions", JsonSerializer.Serialize((entry.SuspectTimes ?? []).Select(vote => new Suspicion(vote.Item1.ToParsableString(), Time(vote.Item2))))),
        ("$startTime", Time(entry.StartTime)),
        ("$iAmAlive", Time(entry.IAmAliveTime)),
    ];

    public static string Time(DateTime time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static MembershipEntry Entry(SqliteDataReader row) => new()
    {
        SiloAddress = SiloAddress.FromParsableString(row.GetString(1)),
        Status = Enum.Parse<SiloStatus>(row.GetString(2)),
        ProxyPort = row.GetInt32(3),
        HostName = OptionalText(row, 4)!,
        SiloName = OptionalText(row, 5)!,
        RoleName = OptionalText(row, 6),
        UpdateZone = row.GetInt32(7),
        FaultZone = row.GetInt32(8),
        SuspectTimes = [.. JsonSerializer.Deserialize<Suspicion[]>(row.GetString(9))!.Select(vote =>
            Tuple.Create(SiloAddress.FromParsableString(vote.By), Time(vote.At)))],
        StartTime = Time(row.GetString(10)),
        IAmAliveTime = Time(row.GetString(11)),
    };

    private static string? OptionalText(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTime Time(string text) => DateTime.ParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);

    private sealed record Suspicion(string By, string At);
}
