using System.Diagnostics;
using Baichuan.Client;
using Baichuan.Testing.Processes;
using Baichuan.V1;

namespace Baichuan.Benchmarks.ClusterOverhead;

/// <summary>The real cluster: a gateway and two silos of one slot and one compute thread each, all processes of their own, and a client over gRPC.</summary>
internal sealed class ClusterSide : IAsyncDisposable
{
    private readonly Workload _workload;
    private readonly string _data;
    private readonly int[] _metricsPorts;
    private readonly ChildProcess[] _silos;
    private readonly GatewayProcess _gateway;
    private readonly BaichuanClient _client;
    private readonly int _vocabularySize;

    private ClusterSide(Workload workload, string data, int[] metricsPorts, ChildProcess[] silos, GatewayProcess gateway, BaichuanClient client, int vocabularySize)
    {
        (_workload, _data, _metricsPorts, _silos, _gateway, _client, _vocabularySize) = (workload, data, metricsPorts, silos, gateway, client, vocabularySize);
        Processes = [("silo 0", silos[0].Id), ("silo 1", silos[1].Id), ("gateway", gateway.Process.Id), ("client", Environment.ProcessId)];
    }

    /// <summary>Everything that runs beside the shards, and the silos themselves.</summary>
    public IReadOnlyList<(string Name, int Id)> Processes { get; }

    public static async Task<ClusterSide> StartAsync(Workload workload)
    {
        var data = Directory.CreateTempSubdirectory("baichuan-bench-").FullName;
        string[] shared = ["--model", workload.Model, "--state-file", Path.Combine(data, "cluster.db"), "--cluster-id", "bench"];
        string[] shards = ["--tensor-parallel", $"{Workload.TensorParallel}", "--weights", $"{workload.Weights}", "--threads", "1", "--spin", "true"];
        int[] ports = [Ports.Free(), Ports.Free()];
        ChildProcess[] silos = [.. ports.Select((port, core) =>
            new ChildProcess(Executables.Server, ["silo", .. shared, .. shards, "--cores", $"{core}", "--silo-metrics-port", $"{port}"]))];
        try
        {
            var gateway = await GatewayProcess.StartAsync(["gateway", .. shared]);
            var client = new BaichuanClient(new Uri(gateway.Address));
            var model = await client.GetModelAsync();
            return new ClusterSide(workload, data, [.. ports, gateway.MetricsPort], silos, gateway, client, model.VocabularySize);
        }
        catch
        {
            foreach (var silo in silos)
                await silo.DisposeAsync();
            throw;
        }
    }

    /// <returns>Tokens per second of all streams together while all of them decode, and where the time of those steps went.</returns>
    public async Task<(double TokensPerSecond, StepBreakdown Breakdown)> DecodeAsync(int streams, CancellationToken cancellation)
    {
        var window = new DecodeWindow(streams);
        var running = Task.WhenAll(Enumerable.Range(0, streams).Select(number => StreamAsync(number, window, cancellation)));
        await Task.WhenAny(window.Open, running);
        var before = await StepBreakdown.ReadAsync(_metricsPorts, Processes);
        await Task.WhenAny(window.Closed, running);
        var after = await StepBreakdown.ReadAsync(_metricsPorts, Processes);
        await running;
        return (window.TokensPerSecond, after.Since(before));
    }

    /// <summary>Processor time that the waiting cluster takes, as a share of one core.</summary>
    public async Task<double> IdleAsync(TimeSpan time, CancellationToken cancellation)
    {
        TimeSpan Used() => Processes.SkipLast(1).Aggregate(TimeSpan.Zero, (sum, process) => sum + ProcessorTime.Of(process.Id));
        var (before, started) = (Used(), Stopwatch.GetTimestamp());
        await Task.Delay(time, cancellation);
        return (Used() - before) / Stopwatch.GetElapsedTime(started);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _gateway.DisposeAsync();
        foreach (var silo in _silos)
            await silo.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task StreamAsync(int number, DecodeWindow window, CancellationToken cancellation)
    {
        var request = new GenerateRequest
        {
            TokenIds = new TokenIds { Ids = { _workload.PromptOf(number, _vocabularySize) } },
            Sampling = new SamplingOptions { Temperature = 0, RepetitionPenalty = 1, MaxTokens = _workload.Generate, IgnoreEos = true },
        };
        var first = true;
        await foreach (var message in _client.GenerateAsync(request, cancellationToken: cancellation))
        {
            if (message.Finished is { } finished && finished.Reason != FinishReason.Length)
                throw new InvalidOperationException($"Stream {number} ended with {finished.Reason}: {finished.Error?.Message}");
            if (message.Tokens is not { } tokens)
                continue;
            if (first)
                window.OnFirstToken();
            else
                window.OnTokens(tokens.TokenIds.Count);
            first = false;
        }

        window.OnEnd();
    }
}
