using System.Collections.Concurrent;
using System.Diagnostics;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Overload;

/// <summary>Sends requests, none of which begins like another, and keeps what came of them.</summary>
internal sealed class Load(ServedCluster cluster, OverloadPlan plan)
{
    private int _number;

    /// <summary>Keeps so many requests running for a time, and waits for the last.</summary>
    public async Task<IReadOnlyCollection<TimedRequest>> ClosedAsync(int atOnce, TimeSpan time, CancellationToken cancellation)
    {
        var done = new ConcurrentQueue<TimedRequest>();
        var begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(begin) < time)
                await SendAsync(done, cancellation);
        }));
        return done;
    }

    /// <summary>Sends a request whenever one is due, whatever has become of those before, and waits for the last.</summary>
    public async Task<IReadOnlyCollection<TimedRequest>> OpenAsync(double perSecond, TimeSpan time, CancellationToken cancellation)
    {
        var done = new ConcurrentQueue<TimedRequest>();
        var sent = new List<Task>();
        var begin = Stopwatch.GetTimestamp();
        for (var elapsed = TimeSpan.Zero; elapsed < time; elapsed = Stopwatch.GetElapsedTime(begin))
        {
            while (sent.Count < elapsed.TotalSeconds * perSecond)
                sent.Add(SendAsync(done, cancellation));
            if (TimeSpan.FromSeconds(sent.Count / perSecond) - Stopwatch.GetElapsedTime(begin) is { Ticks: > 0 } rest)
                await Task.Delay(rest, cancellation); // what sends shares the machine with what serves
        }

        await Task.WhenAll(sent);
        return done;
    }

    private async Task SendAsync(ConcurrentQueue<TimedRequest> done, CancellationToken cancellation)
    {
        var number = Interlocked.Increment(ref _number);
        var random = new Random(number);
        int Any(int[] range) => random.Next(range[0], range[^1] + 1);
        var request = new TimedRequest();
        await request.RunAsync(cluster.Clients[0], TimedRequest.Of(cluster.RandomTokens(number, Any(plan.Prompt)), Any(plan.Completion)), cancellation);
        done.Enqueue(request);
    }
}
