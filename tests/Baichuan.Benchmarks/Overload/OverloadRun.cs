using System.Diagnostics;
using Baichuan.Benchmarks.Measuring;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Overload;

/// <summary>The benchmark as a story: look for the peak; then, in rounds, exceed it, see how fast all is well again, and look at the peak once more.</summary>
internal static class OverloadRun
{
    private const double LeastOfPeak = 0.95;
    private const double MostRefusalMilliseconds = 50;
    private const double MostRecoverySeconds = 5;
    private const double MostMemoryGrowth = 1.1;
    private const int MaxSequences = 8;

    private static readonly TimeSpan PeakTime = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan RampTime = TimeSpan.FromSeconds(10); // of each part, before which nothing is counted
    private static readonly TimeSpan AfterTime = TimeSpan.FromSeconds(12);

    public static async Task<int> RunAsync(ClusterShape shape, OverloadPlan plan, FileInfo? json, CancellationToken cancellation)
    {
        await using var cluster = await ServedCluster.StartAsync(shape with
        {
            Deployment = ["--max-sequences", $"{MaxSequences}", "--max-waiting", $"{plan.MaxWaiting}"],
        });
        var report = new Report("overload", Console.Out);
        var load = new Load(cluster, plan);
        await load.ClosedAsync(MaxSequences, RampTime, cancellation);
        report.Note($"prompts of {plan.Prompt[0]} to {plan.Prompt[1]} tokens, completions of {plan.Completion[0]} to {plan.Completion[1]}; at most {MaxSequences} sequences run and {plan.MaxWaiting} requests wait; a request counts if its first token takes at most {ServiceLevel.MostToFirstToken.TotalSeconds} s and each further one at most {ServiceLevel.MostPerToken.TotalMilliseconds} ms");

        // 1. The peak, in a closed loop.
        async Task<double> MeasureAsync(int atOnce, string when)
        {
            var begin = Stopwatch.GetTimestamp();
            var done = Counted(await load.ClosedAsync(atOnce, PeakTime, cancellation), begin, PeakTime);
            var goodput = Goodput(done, PeakTime);
            report.Add($"goodput with {atOnce} requests at once{when}", "requests/s", goodput);
            Describe(report, $"with {atOnce} at once{when}", done);
            return goodput;
        }

        var (peak, best) = (0.0, 0);
        foreach (var atOnce in (int[])[MaxSequences / 2, MaxSequences, MaxSequences + plan.MaxWaiting])
        {
            if (await MeasureAsync(atOnce, "") is var goodput && goodput > peak)
                (peak, best) = (goodput, atOnce);
        }

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watch = QueueWatch.MostAsync(cluster, watching.Token);
        var (shares, growths, recoveries, refused) = (new List<double>(), new List<double>(), new List<double>(), new List<TimedRequest>());
        for (var round = 1; round <= plan.Rounds; round++)
        {
            // 2. More than that arrives.
            var overloaded = Stopwatch.GetTimestamp();
            var sending = load.OpenAsync(plan.Times * peak, plan.Time, cancellation);
            await Task.Delay(plan.Time / 4, cancellation);
            var early = MemoryOf(cluster);
            await Task.Delay(plan.Time * 3 / 4, cancellation);
            var late = MemoryOf(cluster);

            // 3. Half of it arrives, at once after.
            var after = Stopwatch.GetTimestamp();
            var later = await load.OpenAsync(peak / 2, AfterTime, cancellation);
            var during = await sending;
            recoveries.Add(later.Where(request => !ServiceLevel.IsMetBy(request)).Select(request => Stopwatch.GetElapsedTime(after, request.Sent).TotalSeconds).DefaultIfEmpty(0).Max());

            var counted = Counted(during, overloaded, plan.Time);
            report.Note($"Overload {round}: {during.Count} requests sent, {during.Count(request => request.IsRefused)} refused, {during.Count(request => !request.IsRefused && !ServiceLevel.IsMetBy(request))} served, but too late");
            var left = Goodput(counted, plan.Time);
            report.Add("goodput during the overload", "requests/s", left);
            Describe(report, "during the overload", counted);
            refused.AddRange(during.Where(request => request.IsRefused));
            foreach (var (name, megabytes) in late)
                report.Note($"  resident memory of {name}: {early[name]:F0} MB after a quarter of the overload, {megabytes:F0} MB at its end");
            growths.Add(late.Values.Sum() / early.Values.Sum());

            // 4. The peak again.
            var before = peak;
            peak = await MeasureAsync(best, ", afterwards");
            shares.Add(left / ((before + peak) / 2));
            report.Note($"  of the mean of its peaks before and after: {shares[^1]:F3}");
        }

        await watching.CancelAsync();
        var refusals = new Spread(refused.Select(request => Stopwatch.GetElapsedTime(request.Sent, request.Ended).TotalMilliseconds));
        report.Add("goodput during an overload, of the mean of its peaks before and after", "", new Spread(shares), "F3");
        report.Add("a refusal takes", "ms", refusals, "F1");
        report.Require(new PassLine("goodput during an overload, of the mean of its peaks before and after, median", new Spread(shares).Median, LeastOfPeak, AtMost: false));
        report.Require(new PassLine("p99 of a refusal, in ms", refusals.Percentile(99), MostRefusalMilliseconds, AtMost: true));
        report.Require(new PassLine("refusals that do not say when to try again", refused.Count(request => !request.SaysWhenToRetry), 0, AtMost: true));
        report.Require(new PassLine("resident memory of all processes at the end of an overload, by that after a quarter", growths.Max(), MostMemoryGrowth, AtMost: true));
        report.Require(new PassLine("most requests seen waiting", await watch, plan.MaxWaiting, AtMost: true));
        report.Require(new PassLine("last request after an overload that was refused or late, in s", recoveries.Max(), MostRecoverySeconds, AtMost: true));
        return report.Conclude(json);
    }

    private static Dictionary<string, double> MemoryOf(ServedCluster cluster) => cluster.Processes.ToDictionary(process => process.Name, process => Resident.MegabytesOf(process.Id));

    /// <summary>Requests that were served and ended between the ramp and the end of the time.</summary>
    private static List<TimedRequest> Counted(IEnumerable<TimedRequest> requests, long begin, TimeSpan time) =>
        [.. requests.Where(request => request.IsWhole && Stopwatch.GetElapsedTime(begin, request.Ended) is var ended && ended >= RampTime && ended <= time)];

    /// <summary>Requests a second that met the service level.</summary>
    private static double Goodput(List<TimedRequest> counted, TimeSpan time) => counted.Count(ServiceLevel.IsMetBy) / (time - RampTime).TotalSeconds;

    private static void Describe(Report report, string when, List<TimedRequest> counted)
    {
        report.Add($"to the first token {when}", "s", new Spread(counted.Select(request => request.ToFirstToken!.Value.TotalSeconds)));
        report.Add($"per further token {when}", "ms", new Spread(counted.Select(request => request.TimePerToken.TotalMilliseconds)), "F0");
    }
}
