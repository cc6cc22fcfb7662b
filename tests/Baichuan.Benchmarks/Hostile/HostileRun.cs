using Baichuan.Benchmarks.Measuring;
using Baichuan.Benchmarks.Serving;
using Baichuan.Testing.Hostility;
using Baichuan.Testing.Processes;

namespace Baichuan.Benchmarks.Hostile;

/// <summary>Hostile requests, one after the other, to a gateway before a real replica.</summary>
internal static class HostileRun
{
    private const double MostMilliseconds = 100;
    private const int Every = 20;
    private const int MostShown = 20;

    public static async Task<int> RunAsync(ClusterShape shape, int seed, int count, FileInfo? json)
    {
        var port = Ports.Free();
        await using var cluster = await ServedCluster.StartAsync(shape with { Gateways = [["--http-port", $"{port}"]] });
        using var client = new HostileClient(new Uri(cluster.Gateways[0].Address), new Uri($"http://127.0.0.1:{port}"));
        var expected = await AskAsync(cluster);

        var found = await HostileReport.RunAsync(client, seed, count, Every, async () => await AskAsync(cluster) == expected);

        var report = new Report("hostile", Console.Out);
        foreach (var (status, times) in found.Statuses)
            report.Add(status, "", times, "F0");
        foreach (var wrong in found.Wrong.Take(MostShown))
            report.Note($"  wrong: {wrong}");
        report.Add("requests that were good after all", "", found.Accepted, "F0");
        var times99 = new Spread(found.Milliseconds);
        report.Add("a refusal takes", "ms", times99);
        report.Require(new PassLine("answers without a typed status, and good requests with another answer", found.Wrong.Count, 0, AtMost: true));
        report.Require(new PassLine("p99 of a refusal, in ms", times99.Percentile(99), MostMilliseconds, AtMost: true));
        return report.Conclude(json);
    }

    private static async Task<string> AskAsync(ServedCluster cluster)
    {
        var text = "";
        await foreach (var message in cluster.Clients[0].GenerateAsync(TimedRequest.Of([5, 6, 7, 8], 4)))
            text += message.Tokens?.Text;
        return text;
    }
}
