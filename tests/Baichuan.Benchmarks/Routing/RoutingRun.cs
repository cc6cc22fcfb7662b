using Baichuan.Benchmarks.Measuring;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Routing;

/// <summary>The same replicas behind two gateways of different policies, which take turns: each serves a workload of its own prefixes, so that nothing one has
/// cached helps the other.</summary>
internal static class RoutingRun
{
    private static readonly string[] Policies = ["cache-aware", "round-robin"];

    // Of the pools, which hold about 3,000 positions each: more prefixes than one replica keeps beside what runs, fewer than all do.
    private const int Prefixes = 12;
    private const int PrefixTokens = 256;
    private const int OwnTokens = 32;
    private const int Generate = 8;
    private const int Requests = 40;
    private const int AtOnce = 4;
    private const long KvBytes = 96L << 20;

    public static async Task<int> RunAsync(ClusterShape shape, int replicas, int rounds, FileInfo? json, CancellationToken cancellation)
    {
        await using var cluster = await ServedCluster.StartAsync(shape with
        {
            TensorParallel = 1,
            Replicas = replicas,
            Silo = ["--kv-bytes", $"{KvBytes}"],
            Gateways = [.. Policies.Select(policy => (string[])["--routing", policy])],
        });
        var report = new Report("routing", Console.Out);
        var measured = Policies.Select(_ => new List<Result>()).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            // The first round warms up; who goes first changes from round to round.
            foreach (var policy in round % 2 == 0 ? (int[])[0, 1] : [1, 0])
            {
                var result = await ServeAsync(cluster, policy, seed: (2 * round) + policy, cancellation);
                if (round > 0)
                    measured[policy].Add(result);
            }
        }

        report.Note($"{replicas} replicas, {Requests} requests a round, {AtOnce} at once, {Prefixes} shared prefixes of {PrefixTokens} tokens; median (least to greatest) of {rounds} rounds");
        for (var policy = 0; policy < Policies.Length; policy++)
        {
            var name = Policies[policy];
            report.Add($"{name}: cached of all prompt tokens", "", new Spread(measured[policy].Select(result => result.HitRate)), "F3");
            report.Add($"{name}: median time to first token", "ms", new Spread(measured[policy].Select(result => result.FirstTokens.Median)), "F0");
            report.Add($"{name}: p90 time to first token", "ms", new Spread(measured[policy].Select(result => result.FirstTokens.Percentile(90))), "F0");
        }

        report.Require(new PassLine("hit rate, cache-aware minus round robin", Median(measured[0], one => one.HitRate) - Median(measured[1], one => one.HitRate), 0, AtMost: false));
        report.Require(new PassLine(
            "median time to first token, cache-aware by round robin", Median(measured[0], one => one.FirstTokens.Median) / Median(measured[1], one => one.FirstTokens.Median), 1, AtMost: true));
        return report.Conclude(json);
    }

    private static async Task<Result> ServeAsync(ServedCluster cluster, int policy, int seed, CancellationToken cancellation)
    {
        var prefixes = Enumerable.Range(0, Prefixes).Select(number => cluster.RandomTokens((1000 * seed) + number, PrefixTokens)).ToArray();
        var random = new Random(seed);
        var queue = new Queue<int[]>(Enumerable.Range(0, Requests).Select(_ => (int[])[.. prefixes[random.Next(Prefixes)], .. cluster.RandomTokens(random.Next(), OwnTokens)]));
        var served = new List<TimedRequest>();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            await Task.Yield();
            while (Next() is { } prompt)
            {
                var request = new TimedRequest();
                await request.RunAsync(cluster.Clients[policy], TimedRequest.Of(prompt, Generate), cancellation);
                lock (queue)
                    served.Add(request);
            }
        }));
        return new Result(
            served.Sum(request => (double)request.CachedTokens) / served.Sum(request => request.PromptTokens),
            new Spread(served.Select(request => request.ToFirstToken!.Value.TotalMilliseconds)));

        int[]? Next()
        {
            lock (queue)
                return queue.TryDequeue(out var prompt) ? prompt : null;
        }
    }

    private static double Median(List<Result> results, Func<Result, double> of) => new Spread(results.Select(of)).Median;

    /// <param name="HitRate">Prompt tokens that were cached, of all.</param>
    /// <param name="FirstTokens">Milliseconds to the first token.</param>
    private sealed record Result(double HitRate, Spread FirstTokens);
}
