using Baichuan.Client;
using Baichuan.Testing.Processes;
using Baichuan.V1;

namespace Baichuan.Benchmarks.Serving;

/// <summary>A real cluster on loopback: gateways and silos, all processes of their own, and a client over gRPC for each gateway. Ends them with itself.</summary>
internal sealed class ServedCluster : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("baichuan-bench-").FullName;
    private readonly List<ChildProcess> _silos = [];
    private readonly List<GatewayProcess> _gateways = [];
    private readonly List<BaichuanClient> _clients = [];
    private readonly List<int> _metricsPorts = [];

    private ServedCluster()
    {
    }

    /// <summary>What the first gateway serves.</summary>
    public ModelInfo Model { get; private set; } = null!;

    public IReadOnlyList<GatewayProcess> Gateways => _gateways;

    /// <summary>Of each gateway.</summary>
    public IReadOnlyList<BaichuanClient> Clients => _clients;

    public IReadOnlyList<int> MetricsPorts => _metricsPorts;

    /// <summary>Everything that runs, but this process.</summary>
    public IReadOnlyList<(string Name, int Id)> Processes =>
        [.. _silos.Select((silo, i) => ($"silo {i}", silo.Id)), .. _gateways.Select((gateway, i) => (_gateways.Count == 1 ? "gateway" : $"gateway {i}", gateway.Process.Id))];

    public static async Task<ServedCluster> StartAsync(ClusterShape shape)
    {
        var cluster = new ServedCluster();
        try
        {
            await cluster.StartProcessesAsync(shape);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>All pages of /metrics as one.</summary>
    public Task<MetricsPage> ReadMetricsAsync() => MetricsPage.ReadAsync(_metricsPorts);

    /// <summary>Token ids that no prompt of another <paramref name="seed"/> begins with.</summary>
    public int[] RandomTokens(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, Model.VocabularySize))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        foreach (var gateway in _gateways)
            await gateway.DisposeAsync();
        foreach (var silo in _silos)
            await silo.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task StartProcessesAsync(ClusterShape shape)
    {
        string[] shared = ["--model", shape.Model, "--state-file", Path.Combine(_data, "cluster.db"), "--cluster-id", "bench", "--replicas", $"{shape.Replicas}", .. shape.Deployment];
        for (var shard = 0; shard < shape.Replicas * shape.TensorParallel; shard++)
        {
            var port = Ports.Free();
            string[] own = ["--threads", "1", "--spin", "true", "--cores", $"{shard % Environment.ProcessorCount}", "--silo-metrics-port", $"{port}", .. shape.Silo];
            _silos.Add(new ChildProcess(Executables.Server, ["silo", .. shared, "--tensor-parallel", $"{shape.TensorParallel}", "--weights", $"{shape.Weights}", .. own]));
            _metricsPorts.Add(port);
        }

        foreach (var options in shape.Gateways)
        {
            var gateway = await GatewayProcess.StartAsync(["gateway", .. shared, .. options]);
            _gateways.Add(gateway);
            _metricsPorts.Add(gateway.MetricsPort);
            _clients.Add(new BaichuanClient(new Uri(gateway.Address)));
        }

        Model = await _clients[0].GetModelAsync();
        while (await ReadyReplicasAsync() < shape.Replicas)
            await Task.Delay(TimeSpan.FromMilliseconds(200));
    }

    private async Task<int> ReadyReplicasAsync() =>
        (await _clients[^1].GetTopologyAsync()).Replicas.Count(replica => replica.State == ReplicaState.Ready);
}
