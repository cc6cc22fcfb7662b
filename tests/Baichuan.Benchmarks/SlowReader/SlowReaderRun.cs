using System.Diagnostics;
using Baichuan.Benchmarks.Measuring;
using Baichuan.Benchmarks.Serving;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Benchmarks.SlowReader;

/// <summary>The benchmark as a story: streams that are read, alone and beside some that are not, in turn; then how one that is not read ends.</summary>
internal static class SlowReaderRun
{
    private const double MostGrowth = 1.25;
    private const double MostMegabytes = 64;
    private const int Prompt = 64;
    private const string Parked = "baichuan_gateway_parked_total";
    private const string Running = "baichuan_replica_requests_running";

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SlowClientTimeout = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(ClusterShape shape, int streams, int slow, int rounds, TimeSpan part, FileInfo? json, CancellationToken cancellation)
    {
        await using var cluster = await ServedCluster.StartAsync(shape with { Deployment = ["--max-sequences", $"{streams + slow}"] });
        var report = new Report("slow-reader", Console.Out);
        await GapsAsync(cluster, streams, WarmUp, cancellation);
        var gateway = cluster.Gateways[0].Process.Id;
        var memory = Resident.MegabytesOf(gateway);
        var parkedBefore = (await cluster.ReadMetricsAsync())[Parked];

        List<Spread> alone = [], beside = [];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var isSlow in (bool[])[round % 2 == 1, round % 2 == 0])
            {
                var unread = isSlow ? await OpenUnreadAsync(cluster, slow, cancellation) : [];
                (isSlow ? beside : alone).Add(await GapsAsync(cluster, streams, part, cancellation));
                foreach (var call in unread)
                    call.Dispose();
            }

            report.Note($"round {round + 1}: p99 {alone[^1].Percentile(99):F1} ms alone, {beside[^1].Percentile(99):F1} ms beside {slow} that are not read");
        }

        report.Add("p99 inter-token latency alone", "ms", new Spread(alone.Select(gaps => gaps.Percentile(99))), "F1");
        report.Add("p99 inter-token latency beside clients that do not read", "ms", new Spread(beside.Select(gaps => gaps.Percentile(99))), "F1");
        report.Add("p99 ratio by round", "", new Spread(alone.Zip(beside, (one, other) => other.Percentile(99) / one.Percentile(99))));
        report.Add("sequences parked", "", (await cluster.ReadMetricsAsync())[Parked] - parkedBefore, "F0");
        report.Require(new PassLine("p99 of all rounds, beside by alone", All(beside).Percentile(99) / All(alone).Percentile(99), MostGrowth, AtMost: true));
        report.Require(new PassLine("sequences parked, of clients that did not read", ((await cluster.ReadMetricsAsync())[Parked] - parkedBefore) / (slow * rounds), 1, AtMost: false));
        report.Require(new PassLine("resident memory of the gateway, MB more than before", Resident.MegabytesOf(gateway) - memory, MostMegabytes, AtMost: true));
        report.Require(new PassLine("seconds until a client that does not read is cut off", await CutOffAsync(cluster, cancellation), (SlowClientTimeout + WarmUp).TotalSeconds * 1.2, AtMost: true));
        return report.Conclude(json);
    }

    private static Spread All(List<Spread> parts) => new(parts.SelectMany(part => part.Values));

    /// <summary>Milliseconds between tokens of so many streams, one after another ends, for a time.</summary>
    private static async Task<Spread> GapsAsync(ServedCluster cluster, int streams, TimeSpan time, CancellationToken cancellation)
    {
        var begin = Stopwatch.GetTimestamp();
        var gaps = await Task.WhenAll(Enumerable.Range(0, streams).Select(async stream =>
        {
            var own = new List<double>();
            for (var seed = stream; Stopwatch.GetElapsedTime(begin) < time; seed += streams)
            {
                var request = new TimedRequest { OnGap = gap => own.Add(gap.TotalMilliseconds) };
                await request.RunAsync(cluster.Clients[0], TimedRequest.Of(cluster.RandomTokens(seed, Prompt), 200), cancellation);
            }

            return own;
        }));
        return new Spread(gaps.SelectMany(own => own));
    }

    /// <summary>Opens streams, that nobody reads, and waits until none of them runs any more.</summary>
    private static async Task<List<AsyncServerStreamingCall<GenerationEvent>>> OpenUnreadAsync(ServedCluster cluster, int count, CancellationToken cancellation)
    {
        var before = (await cluster.ReadMetricsAsync())[Parked];
        var client = new Inference.InferenceClient(cluster.Clients[0].Channel);
        List<AsyncServerStreamingCall<GenerationEvent>> calls = [.. Enumerable.Range(0, count).Select(stream => client.Generate(Long(cluster, 10_000 + stream), cancellationToken: cancellation))];
        for (var page = await cluster.ReadMetricsAsync(); page[Parked] < before + count || page[Running] > 0; page = await cluster.ReadMetricsAsync())
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        return calls;
    }

    private static async Task<double> CutOffAsync(ServedCluster cluster, CancellationToken cancellation)
    {
        var begin = Stopwatch.GetTimestamp();
        var unread = await OpenUnreadAsync(cluster, 1, cancellation);
        while ((await cluster.ReadMetricsAsync())["baichuan_gateway_requests_running"] > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        unread[0].Dispose();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    // Probabilities make its events long, so that the connection's buffers are full soon.
    private static GenerateRequest Long(ServedCluster cluster, int seed)
    {
        var request = TimedRequest.Of(cluster.RandomTokens(seed, Prompt), cluster.Model.ContextLength - Prompt);
        request.Sampling.Logprobs = 20;
        return request;
    }
}
