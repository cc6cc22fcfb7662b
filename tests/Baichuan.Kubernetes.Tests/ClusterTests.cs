using System.Net.NetworkInformation;
using System.Text.Json;
using System.Text.RegularExpressions;
using Baichuan.Kubernetes.Tests.Processes;
using Grpc.Health.V1;
using YamlDotNet.RepresentationModel;

namespace Baichuan.Kubernetes.Tests;

/// <summary>The chart's pods as real processes over real stores, and a real Prometheus that watches them.</summary>
[Collection("processes"), Trait("Category", "Tool")]
public sealed partial class ClusterTests
{
    [Fact]
    public async Task Every_expression_of_dashboards_and_rules_has_values_under_load_and_the_scaler_reads_whole_replicas()
    {
        var chart = await Rendered.OfAsync("pair");
        await using var cluster = await ChartCluster.StartAsync(chart);
        await using var prometheus = new PrometheusServer(cluster, chart);

        AssertListensOnNamedPorts(cluster, chart);

        // 1. Eight at once, where four are enough for a replica of two pods.
        await using var load = new Load(cluster.Client, 8);
        var empty = Expressions(chart).ToList();
        Assert.InRange(empty.Count, 50, 200);
        await ChartCluster.UntilAsync(
            async () =>
            {
                foreach (var expression in empty.ToList())
                {
                    if ((await prometheus.QueryAsync(expression)).Count > 0)
                        empty.Remove(expression);
                }

                return empty.Count == 0;
            },
            () => $"{load.Answers} answers, but no value of:\n{string.Join('\n', empty)}\n{prometheus.Log}");

        // 2. What the scaler reads asks for two replicas; they form from the pods that it would add, without a failed request.
        var wanted = ScalerQuery(chart);
        await ChartCluster.UntilAsync(async () => (await prometheus.QueryAsync(wanted)) is [4], () => "Four pods are not wanted.");
        cluster.StartSilo("baichuan-silo", 2);
        cluster.StartSilo("baichuan-silo", 3);
        prometheus.WriteTargets(cluster);
        await ChartCluster.UntilAsync(
            async () => (await prometheus.QueryAsync("max(baichuan_gateway_replicas_ready)")) is [2],
            () => $"The second replica did not form:\n{cluster.Logs}");
        var before = load.Answers;
        await ChartCluster.UntilAsync(() => Task.FromResult(load.Answers >= before + 8), () => "No more answers come.");

        // 3. Without load it asks for one again.
        await load.StopAsync();
        await ChartCluster.UntilAsync(
            async () => (await prometheus.QueryAsync("baichuan_silo_pods_wanted{signal=\"requests\"}")) is [2], () => "Four pods are still wanted.");
    }

    [Theory]
    [InlineData("redis", "store.kind=redis,internalTls.enabled=true")]
    [InlineData("postgres", "store.kind=postgres,store.bundled=false")]
    public async Task A_cluster_over_a_server_goes_on_while_the_store_is_gone_and_takes_it_up_again(string store, string values)
    {
        var chart = await Rendered.OfAsync("pair", "--set", values);
        Assert.Equal(store == "redis", chart.EnvironmentOf("baichuan-silo").ContainsKey("Tls__AuthorityFile"));
        await using var cluster = await ChartCluster.StartAsync(chart, gateways: 2);
        await using var load = new Load(cluster.Client, 2);
        using var other = cluster.Connect(cluster.Addresses["baichuan-gateway-b"]);
        await using var more = new Load(other, 1);
        await ChartCluster.UntilAsync(() => Task.FromResult(load.Answers >= 2 && more.Answers >= 1), () => cluster.Logs);
        await cluster.Client.CreateSessionAsync(); // which counts those of the tenant
        await cluster.Client.CreateSessionAsync();

        await cluster.Store.KillAsync();
        var (before, beside) = (load.Answers, more.Answers);
        await ChartCluster.UntilAsync(() => Task.FromResult(load.Answers >= before + 4 && more.Answers >= beside + 2), () => $"Without the store no more answers came:\n{cluster.Logs}");
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await cluster.ProbeAsync("baichuan-silo-0", "live"));

        await cluster.Store.StartAsync();
        cluster.StartSilo("baichuan-silo", 2); // whoever comes now finds the others in what the store had on disk
        await cluster.ReadyAsync("baichuan-silo-2");
        await ChartCluster.UntilAsync(
            async () => (await cluster.Client.GetTopologyAsync()).Silos.Count(silo => silo.Slots > 0) == 3, () => $"The new silo is not part of the cluster:\n{cluster.Logs}");
        await load.StopAsync();
        await more.StopAsync();

        // One silo is left of the two that a replica is deployed on: it goes on there. Without any, the gateway lives, but there is nothing to serve.
        await cluster.StopPodAsync("baichuan-silo-2");
        await cluster.StopPodAsync("baichuan-silo-1");
        await using (var last = new Load(cluster.Client, 1))
            await ChartCluster.UntilAsync(() => Task.FromResult(last.Answers >= 1), () => $"One silo gave no answer:\n{cluster.Logs}");
        await cluster.StopPodAsync("baichuan-silo-0");
        await ChartCluster.UntilAsync(
            async () => await cluster.ProbeAsync("baichuan-gateway-a", "") == HealthCheckResponse.Types.ServingStatus.NotServing, () => cluster.Logs);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await cluster.ProbeAsync("baichuan-gateway-a", "live"));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await cluster.ProbeAsync("baichuan-control-0", "live"));
        AssertLogsAreJson(cluster);
    }

    /// <summary>Every port that a pod opens is one that the chart names; the network policy lets those in, and no other.</summary>
    private static void AssertListensOnNamedPorts(ChartCluster cluster, Rendered chart)
    {
        var listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();
        foreach (var (pod, address) in cluster.Addresses)
        {
            var named = chart.Pods.Single(owner => pod.StartsWith($"{owner.Name}-", StringComparison.Ordinal)).Spec.Containers[0].Ports.Select(port => port.ContainerPort);
            Assert.Equal(named.Order(), listeners.Where(listener => listener.Address.ToString() == address).Select(listener => listener.Port).Order());
        }
    }

    private static void AssertLogsAreJson(ChartCluster cluster)
    {
        foreach (var (_, process) in cluster.Pods)
        {
            Assert.DoesNotContain(IStoreServer.Password, process.Log);
            Assert.NotEmpty(process.Output);
            Assert.All(process.Output.Split('\n'), line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
        }
    }

    /// <summary>Every query of the dashboards and of the recording rules; of alerts, whose conditions should not hold, every series that they look at.</summary>
    private static IEnumerable<string> Expressions(Rendered chart)
    {
        foreach (var dashboard in Directory.GetFiles(Path.Combine(Tools.Chart, "dashboards"), "*.json"))
        {
            using var json = JsonDocument.Parse(File.ReadAllText(dashboard));
            foreach (var panel in json.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _)))
            {
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                    yield return target.GetProperty("expr").GetString()!.Replace("$cluster", "baichuan", StringComparison.Ordinal).Replace("$__rate_interval", "10s", StringComparison.Ordinal);
            }
        }

        var rules = ((YamlSequenceNode)chart.Only("PrometheusRule")["spec"]["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>();
        foreach (var rule in rules)
        {
            var expression = ((YamlScalarNode)rule["expr"]).Value!;
            if (rule.Children.ContainsKey("record"))
                yield return expression;
            else
            {
                foreach (var series in Series().Matches(expression).Select(match => match.Value).Distinct())
                    yield return $"{series}{{baichuan_cluster=\"baichuan\"}}";
            }
        }

        yield return ScalerQuery(chart);
    }

    private static string ScalerQuery(Rendered chart) =>
        ((YamlScalarNode)chart.Only("ScaledObject")["spec"]["triggers"][0]["metadata"]["query"]).Value!;

    [GeneratedRegex("baichuan_[a-z_]+(?=\\{)")]
    private static partial Regex Series();
}
