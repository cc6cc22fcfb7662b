using System.Diagnostics;
using Baichuan.Kubernetes.Tests.Processes;

namespace Baichuan.Kubernetes.Tests;

/// <summary>The chart's query on a real Prometheus decides how many silo processes there are, under real load.</summary>
[Collection("processes"), Trait("Category", "Tool")]
public sealed class AutoscalingTests(ITestOutputHelper output)
{
    private const double Target = 1; // seconds to the first token
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Load_brings_a_second_replica_and_first_tokens_back_under_their_target_and_no_request_fails_when_it_goes()
    {
        // Six sequences a replica: with twelve clients the others wait, until there is a second replica.
        var chart = await Rendered.OfAsync("pair", "--set", $"model.maxSequences=6,autoscaling.silo.firstTokenSeconds={Target},drainSeconds=30");
        await using var cluster = await ChartCluster.StartAsync(chart, controls: 2);
        await using var prometheus = new PrometheusServer(cluster, chart);
        await using var scaler = new Scaler(cluster, prometheus, chart, pods: 2);
        async Task<double?> FirstTokenAsync() =>
            await prometheus.QueryAsync("histogram_quantile(0.9, sum by (le) (rate(baichuan_gateway_time_to_first_token_seconds_bucket[10s])))") is [var seconds] ? seconds : null;

        // 1. The load begins, and first tokens are late.
        await using var steady = new Load(cluster.Client, 2, tokens: 192);
        await using var peak = new Load(cluster.Client, 10, tokens: 192);
        var clock = Stopwatch.StartNew();
        await ChartCluster.UntilAsync(async () => await FirstTokenAsync() > Target, () => $"First tokens are never late:\n{prometheus.Log}");
        output.WriteLine($"late after {clock.Elapsed.TotalSeconds:F0} s: p90 {await FirstTokenAsync():F2} s");

        // 2. The scaler goes by the query.
        clock.Restart();
        scaler.Start();
        await ChartCluster.UntilAsync(
            async () => await prometheus.QueryAsync("max(baichuan_gateway_replicas_ready)") is [2] && await FirstTokenAsync() < Target,
            () => $"First tokens are still late with {scaler.Pods} pods:\n{cluster.Logs}");
        output.WriteLine($"back after {clock.Elapsed.TotalSeconds:F0} s with {scaler.Pods} pods: p90 {await FirstTokenAsync():F2} s");
        Assert.True(clock.Elapsed < BackWithin, $"It took {clock.Elapsed}.");
        var places = (await cluster.Client.GetTopologyAsync()).Replicas.OrderBy(replica => replica.Index)
            .Select(replica => replica.Shards.Select(shard => shard.Silo[..shard.Silo.IndexOf(':', StringComparison.Ordinal)]).Order(StringComparer.Ordinal).ToArray()).ToArray();
        Assert.Equal([Addresses(0, 1), Addresses(2, 3)], places);

        // 3. Most of it ends; the last two pods go while requests run. A request that failed throws here.
        clock.Restart();
        await peak.StopAsync();
        var refusals = steady.Refusals;
        await ChartCluster.UntilAsync(() => Task.FromResult(scaler.Pods == 2), () => $"{scaler.Pods} pods are left:\n{cluster.Logs}");
        output.WriteLine($"two pods again after {clock.Elapsed.TotalSeconds:F0} s");
        var before = steady.Answers;
        await ChartCluster.UntilAsync(() => Task.FromResult(steady.Answers >= before + 4), () => $"No more answers come:\n{cluster.Logs}");
        await steady.StopAsync();
        Assert.Equal(refusals, steady.Refusals);
        Assert.Equal(0, (await prometheus.QueryAsync("sum(baichuan_gateway_requests_total{outcome!~\"length|ok|resource_exhausted\"}) or vector(0)"))[0]);
        output.WriteLine($"{steady.Answers + peak.Answers} answers, none failed; while there was one replica, {refusals + peak.Refusals} were told to come again later");

        string[] Addresses(params int[] pods) => [.. pods.Select(pod => cluster.Addresses[$"baichuan-silo-{pod}"])];
    }

    [Fact]
    public async Task A_request_to_a_cluster_without_silos_waits_until_the_first_replica_has_loaded_and_pods_go_again()
    {
        var chart = await Rendered.OfAsync("pair", "--set", "autoscaling.silo.min=0,gateway.admissionSeconds=60");
        await using var cluster = await ChartCluster.StartAsync(chart, controls: 2, silos: 0);
        await using var prometheus = new PrometheusServer(cluster, chart);
        await using var scaler = new Scaler(cluster, prometheus, chart, pods: 0);
        scaler.Start();
        for (var round = 0; round < 2; round++)
        {
            var clock = Stopwatch.StartNew();
            await using var one = new Load(cluster.Client, 1);
            await ChartCluster.UntilAsync(() => Task.FromResult(one.Answers > 0 || one.HasFailed), () => $"No answer, with {scaler.Pods} pods:\n{cluster.Logs}");
            output.WriteLine($"answered after {clock.Elapsed.TotalSeconds:F0} s from zero");
            await one.StopAsync();
            await ChartCluster.UntilAsync(() => Task.FromResult(scaler.Pods == 0), () => $"{scaler.Pods} pods are left:\n{prometheus.Log}");
        }
    }
}
