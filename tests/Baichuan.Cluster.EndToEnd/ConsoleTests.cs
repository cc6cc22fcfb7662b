using System.Net;
using System.Text.Json;
using Baichuan.Cluster.EndToEnd.Processes;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>The operators' page, in a real browser before a real cluster.</summary>
public sealed class ConsoleTests
{
    private const string Key = "key-of-an-operator-1";

    [Fact, Trait("Category", "Tool")]
    public async Task An_operator_sees_the_cluster_and_tries_the_model_in_two_languages_and_any_light()
    {
        var modules = Tools.RequireBrowser();
        var environment = new Dictionary<string, string> { ["Gateway__Tenants__it__Keys__0"] = Key, ["Gateway__Tenants__it__Operator"] = "true" };
        var port = Random.Shared.Next(20_000, 30_000); // not among those that the system gives away
        await using var cluster = await EmbeddedCluster.StartAsync(environment, "--silos", "2", "--tensor-parallel", "2", "--http-port", $"{port}");
        var shots = Environment.GetEnvironmentVariable("BAICHUAN_SCREENSHOTS") ?? "";
        await using var node = new ChildProcess("/usr/bin/env",
            ["node", Path.Combine(AppContext.BaseDirectory, "Clients", "console.cjs"), modules, $"http://127.0.0.1:{port}/console/", Key, shots]);
        Assert.True(await node.ExitAsync(TimeSpan.FromSeconds(120)) == 0, node.Log);

        var seen = JsonDocument.Parse(node.Output).RootElement;
        string[] Texts(string name) => [.. seen.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];
        Assert.All(Texts("errors"), error => Assert.Contains("401", error)); // the wrong key
        Assert.All(Texts("hosts"), host => Assert.Equal($"127.0.0.1:{port}", host));
        Assert.Contains("not known", seen.GetProperty("refusal").GetString());
        Assert.Equal(["Replica 0ready"], Texts("replicas"));
        Assert.Equal((2, 2), (seen.GetProperty("shards").GetInt32(), seen.GetProperty("silos").GetInt32()));
        Assert.NotEqual(0, seen.GetProperty("events").GetInt32());
        Assert.NotEqual("", seen.GetProperty("answer").GetString());
        Assert.Contains("tokens per s", seen.GetProperty("figures").GetString());
        Assert.Equal("zh-CN", seen.GetProperty("language").GetString());
        Assert.Equal(0, seen.GetProperty("overflow").GetInt32());
        Assert.Empty(Texts("untranslated"));
        Assert.Empty(Texts("faint"));
        Assert.Empty(Texts("nameless"));
    }

    [Fact]
    public async Task Without_tenants_it_is_for_this_machine_alone()
    {
        var port = Random.Shared.Next(20_000, 30_000);
        await using var cluster = await EmbeddedCluster.StartAsync("--http-port", $"{port}");
        using var http = new HttpClient();
        var snapshot = new Uri($"http://127.0.0.1:{port}/console/snapshot");
        using var allowed = await http.GetAsync(snapshot);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
        Assert.Contains("default-src 'self'", allowed.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("demo", JsonDocument.Parse(await allowed.Content.ReadAsStringAsync()).RootElement.GetProperty("model").GetString());

        foreach (var (header, value) in ((string, string)[])[("Host", "page.example"), ("X-Forwarded-For", "10.0.0.7")])
        {
            var request = new HttpRequestMessage(HttpMethod.Get, snapshot);
            request.Headers.TryAddWithoutValidation(header, value);
            Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(request)).StatusCode);
        }
    }
}
