using System.Net;
using System.Net.Sockets;
using Baichuan.V1;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Baichuan.Cluster.EndToEnd.Processes;

/// <summary>A `baichuan-server` in embedded mode with its silo processes, on free loopback ports and a state folder of its own.</summary>
internal sealed class EmbeddedCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(90);

    private readonly string _data = Directory.CreateTempSubdirectory("baichuan-test-").FullName;
    private readonly GrpcChannel _channel;

    private EmbeddedCluster(string[] options)
    {
        GrpcPort = FreePort();
        MetricsPort = FreePort();
        Server = new ChildProcess(
            Executables.Server,
            ["--grpc-port", $"{GrpcPort}", "--metrics-port", $"{MetricsPort}", "--data", _data, .. options]);
        _channel = GrpcChannel.ForAddress(Address);
        Inference = new Inference.InferenceClient(_channel);
        Cluster = new V1.Cluster.ClusterClient(_channel);
    }

    public ChildProcess Server { get; }

    public int GrpcPort { get; }

    public int MetricsPort { get; }

    public string Address => $"http://127.0.0.1:{GrpcPort}";

    public Inference.InferenceClient Inference { get; }

    public V1.Cluster.ClusterClient Cluster { get; }

    /// <summary>Starts a cluster and waits until its health service says that it serves.</summary>
    public static async Task<EmbeddedCluster> StartAsync(params string[] options)
    {
        var cluster = new EmbeddedCluster(options);
        try
        {
            await cluster.ServingAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the health service says that requests are served.</summary>
    public async Task ServingAsync()
    {
        var health = new Health.HealthClient(_channel);
        using var most = new CancellationTokenSource(StartTime);
        while (true)
        {
            if (Server.HasExited)
                throw new InvalidOperationException($"The server ended before it served:\n{Server.Log}");
            try
            {
                using var watch = health.Watch(new HealthCheckRequest { Service = "baichuan.v1.Inference" }, cancellationToken: most.Token);
                while (await watch.ResponseStream.MoveNext(most.Token))
                {
                    if (watch.ResponseStream.Current.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                        return;
                }
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                await Task.Yield(); // it does not listen yet
            }
            catch (Exception e) when (most.IsCancellationRequested)
            {
                throw new TimeoutException($"The cluster did not serve within {StartTime}:\n{Server.Log}", e);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
