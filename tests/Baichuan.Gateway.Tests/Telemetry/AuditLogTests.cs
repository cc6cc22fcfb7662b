using Baichuan.Client;
using Baichuan.Gateway.Tenants;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.Gateway.Tests.Hosting;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Gateway.Tests.Telemetry;

/// <summary>What the security officer finds of the calls of two tenants and a stranger.</summary>
public sealed class AuditLogTests
{
    private const string WardKey = "ward-key-0123456789";
    private const string OldWardKey = "ward-key-of-last-year";

    [Fact]
    public async Task Every_call_is_a_line_with_who_what_and_how_it_ended_and_nothing_of_what_was_said()
    {
        await using var gateway = await RunningGateway.StartAsync(
            new FakeCluster(new FakeReplica()), options => options.Tenants.Add("ward", new TenantOptions { Keys = { ["2026"] = WardKey, ["2025"] = OldWardKey } }));
        using var ward = new BaichuanClient(gateway.Address, WardKey);
        var request = Chats.Ask("Frau Geheimnis hat Fieber.", 7);
        request.RequestId = "ward-7";
        var events = await ward.ChatAsync(request).ToListAsync();
        await Assert.ThrowsAsync<RpcException>(async () => await ward.GenerateAsync(new GenerateRequest { Text = "Geheimnis", Model = "other" }).ToListAsync());
        await Assert.ThrowsAsync<RpcException>(async () => await gateway.Client.TokenizeAsync("Geheimnis"));
        await ward.TokenizeAsync("Geheimnis");
        using var old = new BaichuanClient(gateway.Address, OldWardKey);
        await old.TokenizeAsync("Geheimnis");

        Assert.Equal(
            [
                $"ward by key 2026 called Chat from PEER: length, request ward-7, profile profile-1, {events[0].Started.PromptTokens} prompt and 7 completion tokens, TIME s.",
                "ward by key 2026 called Generate from PEER: invalid_argument.",
                " by key none called Tokenize from PEER: unauthenticated.",
                "ward by key 2026 called Tokenize from PEER: ok.",
                "ward by key 2025 called Tokenize from PEER: ok.",
            ],
            gateway.Log.AuditLines.Select(line => System.Text.RegularExpressions.Regex.Replace(
                System.Text.RegularExpressions.Regex.Replace(line, "ipv4:127\\.0\\.0\\.1:[0-9]+", "PEER"), "[0-9]+\\.[0-9]{3} s", "TIME s")));
    }

    [Fact]
    public async Task Tokens_are_counted_by_tenant_and_series_are_bounded()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(new FakeReplica()), options =>
        {
            for (var i = 0; i < TenantKeys.MostLabels; i++)
                options.Tenants.Add($"ward{i:000}", new TenantOptions { Keys = { ["0"] = $"key-of-a-ward-{i:000}" } });
            options.Tenants.Add("yard", new TenantOptions { Keys = { ["0"] = WardKey } });
            options.Tenants.Add("zoo", new TenantOptions { Keys = { ["0"] = $"{WardKey}-2" } });
        });
        foreach (var key in (string[])["key-of-a-ward-001", WardKey, $"{WardKey}-2"])
        {
            using var client = new BaichuanClient(gateway.Address, key);
            await client.ChatAsync(Chats.Ask("How much water a day?", 7)).ToListAsync();
        }

        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri(gateway.MetricsAddress, "/metrics"));
        Assert.Contains("baichuan_gateway_tenant_tokens_total{tenant=\"ward001\",kind=\"completion\"} 7\n", page, StringComparison.Ordinal);
        Assert.Contains("baichuan_gateway_tenant_tokens_total{tenant=\"other\",kind=\"completion\"} 14\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("yard", page, StringComparison.Ordinal);
    }
}
