using Baichuan.Benchmarks.Measuring;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.LongPrompt;

/// <summary>The benchmark as a story: streams run through every round; for one half of it alone, for the other beside prompts that arrive one after another.</summary>
internal static class LongPromptRun
{
    private const double MostGrowth = 2.5;
    private const int ShortPrompt = 64;

    // Longer than any round; what is left of them when it is over is cancelled.
    private const int Generate = 8000;

    // Of a slot: the streams of a round and a long prompt fit, so nobody gives way.
    private const long KvBytes = 1L << 30;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(
        ClusterShape shape, int streams, int longPrompt, int rounds, TimeSpan part, FileInfo? json, CancellationToken cancellation)
    {
        await using var cluster = await ServedCluster.StartAsync(shape with { Silo = ["--kv-bytes", $"{KvBytes}"] });
        var report = new Report("long-prompt", Console.Out);
        await RoundAsync(cluster, streams, longPrompt, WarmUp, longFirst: false, seed: 0, cancellation);

        List<Part> quiet = [], busy = [];
        for (var round = 1; round <= rounds; round++)
        {
            var (without, with) = await RoundAsync(cluster, streams, longPrompt, part, longFirst: round % 2 == 0, seed: 1000 * round, cancellation);
            quiet.Add(without);
            busy.Add(with);
            report.Note($"round {round}: p99 {without.Gaps.Percentile(99):F1} ms without, {with.Gaps.Percentile(99):F1} ms with {with.Prompts.Count} prompts");
        }

        report.Note($"{streams} streams, prompts of {longPrompt} tokens; median (least to greatest) of {rounds} rounds");
        foreach (var (name, parts) in (ReadOnlySpan<(string, List<Part>)>)[("without", quiet), ("with", busy)])
        {
            report.Add($"median inter-token latency {name}", "ms", new Spread(parts.Select(one => one.Gaps.Median)), "F1");
            report.Add($"p99 inter-token latency {name}", "ms", new Spread(parts.Select(one => one.Gaps.Percentile(99))), "F1");
        }

        report.Add("first token of a long prompt", "s", new Spread(busy.SelectMany(one => one.Prompts)), "F1");
        report.Add("p99 ratio by round", "", new Spread(quiet.Zip(busy, (without, with) => with.Gaps.Percentile(99) / without.Gaps.Percentile(99))));
        var all = All(busy).Percentile(99) / All(quiet).Percentile(99);
        report.Require(new PassLine("p99 inter-token latency of all rounds, with by without", all, MostGrowth, AtMost: true));
        return report.Conclude(json);
    }

    private static async Task<(Part Without, Part With)> RoundAsync(
        ServedCluster cluster, int streams, int longPrompt, TimeSpan part, bool longFirst, int seed, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var gaps = new GapWindow(streams);
        var running = Task.WhenAll(Enumerable.Range(0, streams).Select(number => new TimedRequest { OnFirstToken = gaps.OnFirstToken, OnGap = gaps.OnGap }
            .RunAsync(cluster.Clients[0], TimedRequest.Of(cluster.RandomTokens(seed + number, ShortPrompt), Generate), over.Token)));
        await Task.WhenAny(gaps.AllBegun, running);

        Part? with = null;
        if (longFirst)
            with = await LongPromptsAsync(cluster, gaps, longPrompt, part, seed, cancellation);
        gaps.Take();
        await Task.WhenAny(Task.Delay(part, cancellation), running);
        var without = new Part(new Spread(gaps.Take()), []);
        with ??= await LongPromptsAsync(cluster, gaps, longPrompt, part, seed, cancellation);

        await over.CancelAsync();
        try
        {
            await running;
            throw new InvalidOperationException($"The streams ended by themselves within a round: they have {Generate} tokens.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (without, with);
        }
    }

    /// <summary>Sends prompt after prompt until the time is over, and lets the last one come to its token.</summary>
    private static async Task<Part> LongPromptsAsync(ServedCluster cluster, GapWindow gaps, int length, TimeSpan part, int seed, CancellationToken cancellation)
    {
        gaps.Take();
        var prompts = new List<double>();
        var end = DateTime.UtcNow + part;
        while (DateTime.UtcNow < end)
        {
            var prompt = new TimedRequest();
            await prompt.RunAsync(cluster.Clients[0], TimedRequest.Of(cluster.RandomTokens(seed + 500 + prompts.Count, length), 1), cancellation);
            prompts.Add(prompt.ToFirstToken?.TotalSeconds ?? throw new InvalidOperationException("A long prompt was refused."));
        }

        return new Part(new Spread(gaps.Take()), prompts);
    }

    private static Spread All(List<Part> parts) => new(parts.SelectMany(part => part.Gaps.Values));

    /// <param name="Gaps">Milliseconds between tokens of the streams.</param>
    /// <param name="Prompts">Seconds to the first token of each long prompt.</param>
    private sealed record Part(Spread Gaps, List<double> Prompts);
}
