using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Gateway.OperatorConsole;
using Baichuan.Gateway.Tenants;
using Baichuan.Gateway.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Gateway.Tests.Hosting;

public sealed class ConsoleTests
{
    private const string WardKey = "ward-key-0123456789";
    private const string OperatorKey = "operator-key-0123456789";

    private readonly FakeCluster _cluster = new(new FakeReplica(), new FakeReplica());

    [Fact]
    public async Task The_snapshot_is_for_operators_and_the_page_for_anybody()
    {
        await using var gateway = await StartAsync(true);
        using var http = new HttpClient { BaseAddress = gateway.HttpAddress };
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(http, null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync(http, WardKey)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(http, OperatorKey)).StatusCode);
        Assert.Equal(["ward by key 0 called Console from"], gateway.Log.AuditLines.Where(line => line.StartsWith("ward", StringComparison.Ordinal)).Select(line => line[..33]));

        foreach (var (path, type) in ((string, string)[])[("/console/", "text/html"), ("/console/console.css", "text/css"), ("/console/console.js", "text/javascript"), ("/console/icon.svg", "image/svg+xml")])
        {
            using var file = await http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal((HttpStatusCode.OK, type), (file.StatusCode, file.Content.Headers.ContentType!.MediaType));
            Assert.Contains("default-src 'self'", file.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.DoesNotContain("http://", (await file.Content.ReadAsStringAsync()).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri("/console/index.html", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await http.PostAsync(new Uri("/console/snapshot", UriKind.Relative), null)).StatusCode);
    }

    [Fact]
    public async Task The_snapshot_has_replicas_silos_traffic_and_what_changed()
    {
        await using var gateway = await StartAsync(true);
        using var http = new HttpClient { BaseAddress = gateway.HttpAddress };
        _cluster.SetStates(ReplicaState.Ready, ReplicaState.Forming);
        JsonElement seen = default;
        for (var last = ""; last != "replica-forming 1";)
        {
            using var response = await GetAsync(http, OperatorKey);
            seen = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            last = seen.GetProperty("events") is { } events && events.GetArrayLength() > 0 ? $"{events[0].GetProperty("kind")} {events[0].GetProperty("replica")}" : "";
        }

        var cluster = seen.GetProperty("cluster");
        Assert.Equal(["ready", "forming"], cluster.GetProperty("replicas").EnumerateArray().Select(replica => replica.GetProperty("state").GetString()));
        Assert.Equal((3, 4), (cluster.GetProperty("replicas")[0].GetProperty("global").GetProperty("used").GetInt32(), cluster.GetProperty("replicas")[0].GetProperty("global").GetProperty("total").GetInt32()));
        Assert.Equal("serving", Assert.Single(cluster.GetProperty("silos").EnumerateArray()).GetProperty("state").GetString());
    }

    [Fact]
    public async Task It_is_not_there_unless_asked_for()
    {
        await using var gateway = await StartAsync(false);
        using var http = new HttpClient { BaseAddress = gateway.HttpAddress };
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(http, OperatorKey)).StatusCode);
    }

    [Fact]
    public void Traffic_is_kept_in_slices_for_five_minutes_and_those_without_any_are_empty()
    {
        var time = new FakeTimeProvider();
        var traffic = new RecentTraffic(time);
        traffic.OnAccepted(10);
        traffic.OnFirstTokens(1, TimeSpan.FromSeconds(3));
        traffic.OnMoreTokens(5, TimeSpan.FromMilliseconds(20));
        traffic.OnRequestEnded("length");
        traffic.OnRequestEnded("resource_exhausted");
        Assert.Empty(traffic.Points()); // it goes on

        time.Advance(TimeSpan.FromSeconds(2 * RecentTraffic.SliceSeconds));
        var points = traffic.Points();
        Assert.Equal(2, points.Count);
        Assert.Equal((5, 3, 1, 1), (points[0].PromptRate, points[0].CompletionRate, points[0].Done, points[0].Failed));
        Assert.InRange(points[0].FirstTokenP90!.Value, 3, 3 * 1.25);
        Assert.InRange(points[0].InterTokenMedian!.Value, 0.020, 0.020 * 1.25);
        Assert.Equal(TrafficPoint.Empty, points[1]);

        time.Advance(TimeSpan.FromSeconds(RecentTraffic.Slices * RecentTraffic.SliceSeconds));
        Assert.Equal(RecentTraffic.Slices, traffic.Points().Count);
        Assert.All(traffic.Points(), point => Assert.Equal(TrafficPoint.Empty, point));
    }

    [Fact]
    public async Task A_silo_that_offers_nothing_any_more_but_has_shards_is_leaving()
    {
        var topology = await _cluster.GetTopology();
        Assert.Equal([("silo-1", "leaving", 2)], ConsoleSilo.Of(topology with { Silos = [] }).Select(silo => (silo.Address, silo.State, silo.Taken)));
        Assert.Equal(["silo-left"], ClusterEvent.Between(topology, topology with { Silos = [] }, 7).Select(happened => happened.Kind));
    }

    private Task<RunningGateway> StartAsync(bool console) => RunningGateway.StartAsync(_cluster, options =>
    {
        (options.HttpPort, options.Console) = (0, console);
        options.Tenants.Add("ward", new TenantOptions { Keys = { ["0"] = WardKey } });
        options.Tenants.Add("it", new TenantOptions { Keys = { ["0"] = OperatorKey }, Operator = true });
    });

    private static async Task<HttpResponseMessage> GetAsync(HttpClient http, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/console/snapshot", UriKind.Relative));
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await http.SendAsync(request);
    }
}
