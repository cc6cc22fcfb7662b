using System.Net;
using Baichuan.Cluster.Abstractions.State.Sqlite;
using Baichuan.Cluster.State.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Baichuan.Cluster.Tests.State.Sqlite;

public sealed class SqliteGatewayListProviderTests : IDisposable
{
    private readonly StateFolder _folder = new();
    private readonly IOptions<ClusterOptions> _cluster = Options.Create(new ClusterOptions { ClusterId = "cluster" });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_client_that_starts_before_any_silo_sees_no_gateways() => Assert.Empty(await Gateways());

    [Fact]
    public async Task Only_active_silos_with_a_gateway_are_listed()
    {
        await Insert(11001, 30001, SiloStatus.Active);
        await Insert(11002, 30002, SiloStatus.Dead);
        await Insert(11003, 30003, SiloStatus.Joining);
        await Insert(11004, 0, SiloStatus.Active);

        Assert.Equal([new Uri("gwy.tcp://127.0.0.1:30001/0")], await Gateways());
    }

    [Fact]
    public async Task A_silo_that_was_restarted_on_its_port_is_listed_once()
    {
        await Insert(11001, 30001, SiloStatus.Active, generation: 1);
        await Insert(11001, 30001, SiloStatus.Active, generation: 2);

        Assert.Single(await Gateways());
    }

    private async Task<IList<Uri>> Gateways()
    {
        IGatewayListProvider provider = new SqliteGatewayListProvider(_folder.Open(), _cluster);
        await provider.InitializeGatewayListProviderAsync(CancellationToken.None);
        return await provider.GetGatewaysAsync(CancellationToken.None);
    }

    private async Task Insert(int port, int gatewayPort, SiloStatus status, int generation = 1)
    {
        IMembershipTable table = new SqliteMembershipTable(_folder.Open(), _cluster);
        await table.InitializeMembershipTableAsync(true);
        var silo = new MembershipEntry
        {
            SiloAddress = SiloAddress.New(IPAddress.Loopback, port, generation),
            ProxyPort = gatewayPort,
            Status = status,
        };
        Assert.True(await table.InsertRowAsync(silo, (await table.ReadAllAsync()).Version.Next()));
    }
}
