using System.Globalization;
using Baichuan.Chaos.Faults;
using Baichuan.Chaos.Load;
using Baichuan.Chaos.Processes;
using Baichuan.Testing.Histories;

namespace Baichuan.Chaos;

/// <summary>A run as a story: answers without faults, a cluster under load, faults, and what became of every stream.</summary>
internal static class ChaosRun
{
    private const int MostSentences = 20;
    private const int DemoVocabulary = 4096;

    /// <summary>A short answer of the likeliest tokens may be that of both profiles.</summary>
    private const double DifferentAnswers = 0.8;

    /// <summary>A stream that was this many times as long without an event as it mostly is stood still.</summary>
    private const double StillFactor = 4;

    /// <returns>0 where every stream is as it should be and every fault counts.</returns>
    public static async Task<int> RunAsync(ChaosOptions options, TextWriter output, CancellationToken cancellation)
    {
        // 1. What the answers are.
        var plan = PlannedRequest.Plan(Math.Max(options.Streams, 1), options.Seed, DemoVocabulary);
        var reference = new Dictionary<string, ReferenceAnswer>();
        foreach (var version in ChaosCluster.VersionsOf(options))
        {
            var (answers, profile) = await FaultFreeRun.RunAsync(plan, version, cancellation);
            foreach (var (request, answer) in answers)
                reference.Add(On(request, profile), answer);
            await output.WriteLineAsync($"{plan.Count} requests without faults are done, profile {profile}");
        }

        if (reference.Values.Select(answer => answer.Hash).Distinct().Count() < DifferentAnswers * reference.Count)
            throw new InvalidOperationException("Too many answers are the same, of two requests or of two profiles: they would not show which is which.");

        // 2. The cluster, its load, its faults.
        IReadOnlyList<Injection> injections;
        IReadOnlyCollection<HistoryEvent> history;
        await using (var cluster = await ChaosCluster.StartAsync(options))
        {
            using var load = new StreamLoad(plan, cluster.Addresses);
            var running = load.RunAsync(options.Streams, cancellation);
            injections = await new Injector(options, cluster, load, new Random(options.Seed), output).RunAsync(cancellation);
            load.End();
            await running;
            history = load.History;
        }

        // 3. What became of it.
        if (options.History is { } file)
            await File.WriteAllLinesAsync(file, history.Select(HistoryFile.ToLine), cancellation);
        var profiles = history.Where(happened => happened.Profile.Length > 0).GroupBy(happened => happened.Stream, happened => happened.Profile).ToDictionary(stream => stream.Key, stream => stream.Last());
        var report = HistoryChecker.Check(history.Select(happened => happened with { Request = On(happened.Request, profiles.GetValueOrDefault(happened.Stream, "none")) }), reference);
        var figures = Figures(report, history, injections);
        foreach (var sentence in report.Violations.Take(MostSentences))
            await output.WriteLineAsync(sentence);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{injections.Count} faults, of which {figures.Faults} count; median time between two events of a stream {StreamStalls.MedianGap(history) * 1000:F0} ms"));
        foreach (var profile in profiles.Values.GroupBy(profile => profile))
            await output.WriteLineAsync($"{profile.Count()} streams on profile {profile.Key}");
        await output.WriteLineAsync(figures.ToString());
        if (options.Json is { } json)
            await File.WriteAllTextAsync(json, figures.ToString() + "\n", cancellation);
        var seen = profiles.Values.Distinct().Count();
        return report.IsClean && figures.Faults == injections.Count && seen == ChaosCluster.VersionsOf(options).Count ? 0 : 1;
    }

    /// <summary>A stream's answer is that of the profile that it ended on; if it has tokens of another, too, its hash is neither's.</summary>
    private static string On(string request, string profile) => $"{request} on profile {profile}";

    private static ChaosFigures Figures(HistoryReport report, IReadOnlyCollection<HistoryEvent> history, IReadOnlyList<Injection> injections)
    {
        var still = StillFactor * StreamStalls.MedianGap(history);
        var stalls = StreamStalls.Of(history, [.. injections.Select(injection => (injection.Seconds, injection.Until))]);
        var counted = injections.Zip(stalls).Where(pair => pair.First.HadAPart && (!FaultKinds.Stalls(pair.First.Fault) || (pair.First.Fault == FaultKind.KillGateway && pair.First.BrokeCalls) || pair.Second.Any(stall => stall > still))).ToList();
        double[] all = [.. counted.SelectMany(pair => pair.Second).Order()];
        return new ChaosFigures(
            counted.Count,
            report.Streams,
            report.Failed,
            report.LostTokens,
            report.DoubleTokens,
            report.HashMismatches,
            all.Length == 0 ? 0 : Math.Round(all[(int)Math.Ceiling(0.99 * all.Length) - 1], 3),
            all.Length == 0 ? 0 : Math.Round(all[^1], 3));
    }
}
