using System.Diagnostics;
using Baichuan.Benchmarks.Measuring;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Overload;

/// <summary>The benchmark as a story: look for the peak, exceed it, see how fast all is well again, and look at the peak once more, for a shared machine is not as fast all the time.</summary>
internal static class OverloadRun
{
    private const double LeastOfPeak = 0.95;
    private const double MostRefusalMilliseconds = 50;
    private const double MostRecoverySeconds = 5;
    private const double MostMemoryGrowth = 1.1;
    private const int MaxSequences = 8;
    private const int MaxWaiting = 8;

    private static readonly int[] AtOnce = [4, 8, 16];
    private static readonly TimeSpan SearchTime = TimeSpan.FromSeconds(24);
    private static readonly TimeSpan RampTime = TimeSpan.FromSeconds(4); // of each part, before which nothing is counted
    private static readonly TimeSpan AfterTime = TimeSpan.FromSeconds(12);

    public static async Task<int> RunAsync(ClusterShape shape, int times, TimeSpan overload, FileInfo? json, CancellationToken cancellation)
    {
        await using var cluster = await ServedCluster.StartAsync(shape with
        {
            Deployment = ["--max-sequences", $"{MaxSequences}", "--max-waiting", $"{MaxWaiting}"],
        });
        var report = new Report("overload", Console.Out);
        var load = new Load(cluster);
        await load.ClosedAsync(MaxSequences, 2 * RampTime, cancellation);
        report.Note($"at most {MaxSequences} sequences run and {MaxWaiting} requests wait; a request counts if its first token takes at most {ServiceLevel.MostToFirstToken.TotalSeconds} s and each further one at most {ServiceLevel.MostPerToken.TotalMilliseconds} ms");

        // 1. The peak, in a closed loop.
        async Task<double> MeasureAsync(int atOnce, string when)
        {
            var begin = Stopwatch.GetTimestamp();
            var done = Counted(await load.ClosedAsync(atOnce, SearchTime, cancellation), begin, SearchTime);
            var goodput = Goodput(done, SearchTime);
            report.Add($"goodput with {atOnce} requests at once{when}", "requests/s", goodput);
            Describe(report, $"with {atOnce} at once{when}", done);
            return goodput;
        }

        var (peak, best) = (0.0, 0);
        foreach (var atOnce in AtOnce)
        {
            if (await MeasureAsync(atOnce, "") is var goodput && goodput > peak)
                (peak, best) = (goodput, atOnce);
        }

        // 2. More than that arrives.
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watch = QueueWatch.MostAsync(cluster, watching.Token);
        var overloaded = Stopwatch.GetTimestamp();
        var sending = load.OpenAsync(times * peak, overload, cancellation);
        await Task.Delay(overload / 4, cancellation);
        var early = MemoryOf(cluster);
        await Task.Delay(overload * 3 / 4, cancellation);
        var late = MemoryOf(cluster);

        // 3. Half of it arrives, at once after.
        var after = Stopwatch.GetTimestamp();
        var later = await load.OpenAsync(peak / 2, AfterTime, cancellation);
        var during = await sending;
        await watching.CancelAsync();

        // 4. The peak again.
        var peaks = (peak + await MeasureAsync(best, ", afterwards")) / 2;

        var refused = during.Where(request => request.IsRefused).ToList();
        var counted = Counted(during, overloaded, overload);
        var left = Goodput(counted, overload);
        report.Add("requests sent during the overload", "", during.Count, "F0");
        report.Add("of these refused", "", refused.Count, "F0");
        report.Add("of these served, but too late", "", during.Count(request => !request.IsRefused && !ServiceLevel.IsMetBy(request)), "F0");
        report.Add("goodput during the overload", "requests/s", left);
        Describe(report, "during the overload", counted);
        report.Add("most requests seen waiting", "", await watch, "F0");
        var refusals = new Spread(refused.Select(request => Stopwatch.GetElapsedTime(request.Sent, request.Ended).TotalMilliseconds));
        report.Add("a refusal takes", "ms", refusals, "F1");
        var recovery = later.Where(request => !ServiceLevel.IsMetBy(request)).Select(request => Stopwatch.GetElapsedTime(after, request.Sent).TotalSeconds).DefaultIfEmpty(0).Max();
        foreach (var (name, megabytes) in late)
            report.Note($"  resident memory of {name}: {early[name]:F0} MB after a quarter of the overload, {megabytes:F0} MB at its end");
        report.Require(new PassLine("goodput during the overload, of the mean of its peaks before and after", left / peaks, LeastOfPeak, AtMost: false));
        report.Require(new PassLine("p99 of a refusal, in ms", refusals.Percentile(99), MostRefusalMilliseconds, AtMost: true));
        report.Require(new PassLine("refusals that do not say when to try again", refused.Count(request => !request.SaysWhenToRetry), 0, AtMost: true));
        report.Require(new PassLine("resident memory of all processes at the end, by that after a quarter", late.Values.Sum() / early.Values.Sum(), MostMemoryGrowth, AtMost: true));
        report.Require(new PassLine("most requests seen waiting", await watch, MaxWaiting, AtMost: true));
        report.Require(new PassLine("last request after the overload that was refused or late, in s", recovery, MostRecoverySeconds, AtMost: true));
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
