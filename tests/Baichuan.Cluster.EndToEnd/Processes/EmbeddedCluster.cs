using Baichuan.V1;
using Grpc.Net.Client;

namespace Baichuan.Cluster.EndToEnd.Processes;

/// <summary>A `baichuan-server` in embedded mode with its silo processes, on free loopback ports and a state folder of its own.</summary>
internal sealed class EmbeddedCluster : IAsyncDisposable
{
    private readonly string _data;
    private readonly GatewayProcess _gateway;
    private readonly GrpcChannel _channel;

    private EmbeddedCluster(string data, GatewayProcess gateway)
    {
        _data = data;
        _gateway = gateway;
        _channel = GrpcChannel.ForAddress(gateway.Address);
        Inference = new Inference.InferenceClient(_channel);
        Sessions = new V1.Sessions.SessionsClient(_channel);
        Cluster = new V1.Cluster.ClusterClient(_channel);
    }

    public ChildProcess Server => _gateway.Process;

    public int GrpcPort => _gateway.GrpcPort;

    public int MetricsPort => _gateway.MetricsPort;

    public Inference.InferenceClient Inference { get; }

    public V1.Sessions.SessionsClient Sessions { get; }

    public V1.Cluster.ClusterClient Cluster { get; }

    public string DataFolder => _data;

    /// <summary>Starts a cluster and waits until it serves.</summary>
    public static Task<EmbeddedCluster> StartAsync(params string[] options) => StartAsync(new Dictionary<string, string>(), options);

    /// <inheritdoc cref="StartAsync(string[])"/>
    /// <param name="environment">Values of the configuration that no option sets.</param>
    public static async Task<EmbeddedCluster> StartAsync(IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        var data = Directory.CreateTempSubdirectory("baichuan-test-").FullName;
        return new EmbeddedCluster(data, await GatewayProcess.StartAsync([.. options, "--data", data], environment: environment));
    }

    /// <summary>Waits until the health service says that requests are served.</summary>
    public Task ServingAsync() => _gateway.ServingAsync();

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _gateway.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
