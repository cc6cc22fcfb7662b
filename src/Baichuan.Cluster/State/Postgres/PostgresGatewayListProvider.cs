using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Baichuan.Cluster.State.Postgres;

/// <summary>Tells an Orleans client where the silos' gateways are.</summary>
internal sealed class PostgresGatewayListProvider(PostgresState state, IOptions<ClusterOptions> cluster) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => TimeSpan.FromSeconds(1);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => state.CheckAsync(CancellationToken.None);

    public async Task<IList<Uri>> GetGateways()
    {
        var table = await state.RunAsync(transaction => PostgresMembership.ReadAsync(transaction, cluster.Value.ClusterId));
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
