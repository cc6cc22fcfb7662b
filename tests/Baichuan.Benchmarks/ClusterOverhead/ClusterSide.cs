using System.Diagnostics;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.ClusterOverhead;

/// <summary>The real cluster: a gateway and two silos of one slot and one compute thread each, all processes of their own, and a client over gRPC.</summary>
internal sealed class ClusterSide : IAsyncDisposable
{
    private readonly Workload _workload;
    private readonly ServedCluster _cluster;

    private ClusterSide(Workload workload, ServedCluster cluster)
    {
        (_workload, _cluster) = (workload, cluster);
        Processes = [.. cluster.Processes, ("client", Environment.ProcessId)];
    }

    /// <summary>Everything that runs beside the shards, and the silos themselves.</summary>
    public IReadOnlyList<(string Name, int Id)> Processes { get; }

    public static async Task<ClusterSide> StartAsync(Workload workload) =>
        new(workload, await ServedCluster.StartAsync(new ClusterShape(workload.Model, workload.Weights) { TensorParallel = Workload.TensorParallel }));

    /// <returns>Tokens per second of all streams together while all of them decode, and where the time of those steps went.</returns>
    public async Task<(double TokensPerSecond, StepBreakdown Breakdown)> DecodeAsync(int streams, CancellationToken cancellation)
    {
        var window = new DecodeWindow(streams);
        var running = Task.WhenAll(Enumerable.Range(0, streams).Select(number => StreamAsync(number, window, cancellation)));
        await Task.WhenAny(window.Open, running);
        var before = await StepBreakdown.ReadAsync(_cluster.MetricsPorts, Processes);
        await Task.WhenAny(window.Closed, running);
        var after = await StepBreakdown.ReadAsync(_cluster.MetricsPorts, Processes);
        await running;
        return (window.TokensPerSecond, after.Since(before));
    }

    /// <summary>Processor time that the waiting cluster takes, as a share of one core.</summary>
    public async Task<double> IdleAsync(TimeSpan time, CancellationToken cancellation)
    {
        TimeSpan Used() => _cluster.Processes.Aggregate(TimeSpan.Zero, (sum, process) => sum + ProcessorTime.Of(process.Id));
        var (before, started) = (Used(), Stopwatch.GetTimestamp());
        await Task.Delay(time, cancellation);
        return (Used() - before) / Stopwatch.GetElapsedTime(started);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task StreamAsync(int number, DecodeWindow window, CancellationToken cancellation)
    {
        var request = TimedRequest.Of(_workload.PromptOf(number, _cluster.Model.VocabularySize), _workload.Generate);
        await new TimedRequest { OnFirstToken = window.OnFirstToken, OnTokens = window.OnTokens }.RunAsync(_cluster.Clients[0], request, cancellation);
        window.OnEnd();
    }
}
