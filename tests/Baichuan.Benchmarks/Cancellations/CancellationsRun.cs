using Baichuan.Benchmarks.Measuring;
using Baichuan.Benchmarks.Serving;
using Baichuan.Testing.Cancellations;
using Baichuan.V1;

namespace Baichuan.Benchmarks.Cancellations;

/// <summary>Many cancelled requests, more at once than run, on a gateway and two silos.</summary>
internal static class CancellationsRun
{
    private const int MaxSequences = 8;
    private const int AtOnce = 24;
    private const int MostMoreHandles = 16;

    public static async Task<int> RunAsync(ClusterShape shape, int seed, int count, FileInfo? json)
    {
        await using var cluster = await ServedCluster.StartAsync(shape with { Deployment = ["--max-sequences", $"{MaxSequences}"] });
        var client = new Inference.InferenceClient(cluster.Clients[0].Channel);
        int[] processes = [.. cluster.Processes.Select(process => process.Id)];
        await CancelledRequests.RunAsync(client, seed - 1, count: 10 * AtOnce, AtOnce); // threads and buffers that stay, whatever comes

        var before = await HeldResources.ReadAsync(cluster.MetricsPorts, processes);
        var sent = await CancelledRequests.RunAsync(client, seed, count, AtOnce);
        var after = await before.ReadAgainAsync(cluster.MetricsPorts, processes);

        var report = new Report("cancellations", Console.Out);
        report.Add("requests", "", sent, "F0");
        report.Note($"  {count} of them cancelled before their last event");
        foreach (var (name, value) in before.Counts)
            report.Require(new PassLine($"{name} after, by which it differs from {value} before", Math.Abs(after.Counts[name] - value), 0, AtMost: true));
        for (var i = 0; i < processes.Length; i++)
            report.Require(new PassLine($"handles of {cluster.Processes[i].Name}, more than the {before.Handles[i]} before", after.Handles[i] - before.Handles[i], MostMoreHandles, AtMost: true));
        return report.Conclude(json);
    }
}
