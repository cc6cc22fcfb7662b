using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Baichuan.Cluster.Abstractions.State.Sqlite;

/// <summary>Tells an Orleans client where the silos' gateways are, from the membership table in the state file.</summary>
internal sealed class SqliteGatewayListProvider(SqliteStateFile file, IOptions<ClusterOptions> cluster) : IGatewayListProvider
{
    /// <summary>How soon a client sees a silo that came, and asks again for one that failed it.</summary>
    public static readonly TimeSpan RefreshPeriod = TimeSpan.FromSeconds(1);

    public TimeSpan MaxStaleness => RefreshPeriod;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public async Task<IList<Uri>> GetGateways()
    {
        var table = await file.ReadAsync(transaction => MembershipRows.Read(transaction, cluster.Value.ClusterId));
        // Without generations: a restarted silo and the one that was killed on the same port are one gateway to a client.
        return
        [
            .. table.Members.Select(member => member.Item1)
                .Where(silo => silo.Status == SiloStatus.Active && silo.ProxyPort != 0)
                .Select(silo => SiloAddress.New(silo.SiloAddress.Endpoint.Address, silo.ProxyPort, 0).ToGatewayUri())
                .Distinct(),
        ];
    }
}
