using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Baichuan.Testing.Processes;

/// <summary>A `baichuan-server` process with a gateway in it, on free loopback ports.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    private GatewayProcess(IEnumerable<string> arguments, int? grpcPort, IReadOnlyDictionary<string, string>? environment)
    {
        GrpcPort = grpcPort ?? Ports.Free();
        MetricsPort = Ports.Free();
        Process = new ChildProcess(Executables.Server, [.. arguments, "--grpc-port", $"{GrpcPort}", "--metrics-port", $"{MetricsPort}"], environment);
    }

    public ChildProcess Process { get; }

    public int GrpcPort { get; }

    public int MetricsPort { get; }

    public string Address => $"http://127.0.0.1:{GrpcPort}";

    /// <summary>Starts the process and waits until its health service says that requests are served.</summary>
    /// <param name="grpcPort">The port of one that went before; null: any free one.</param>
    public static async Task<GatewayProcess> StartAsync(IEnumerable<string> arguments, int? grpcPort = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var gateway = new GatewayProcess(arguments, grpcPort, environment);
        try
        {
            await gateway.ServingAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    /// <summary>Waits until the health service says that requests are served.</summary>
    public async Task ServingAsync()
    {
        using var channel = GrpcChannel.ForAddress(Address, new GrpcChannelOptions { InitialReconnectBackoff = Retry, MaxReconnectBackoff = Retry });
        using var most = new CancellationTokenSource(StartTime);
        while (true)
        {
            if (Process.HasExited)
                throw new InvalidOperationException($"The server ended before it served:\n{Process.Log}");
            try
            {
                using var watch = new Health.HealthClient(channel).Watch(new HealthCheckRequest { Service = "baichuan.v1.Inference" }, cancellationToken: most.Token);
                while (await watch.ResponseStream.MoveNext(most.Token))
                {
                    if (watch.ResponseStream.Current.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                        return;
                }
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                await channel.ConnectAsync(most.Token); // it does not listen yet
            }
            catch (Exception e) when (most.IsCancellationRequested)
            {
                throw new TimeoutException($"The cluster did not serve within {StartTime}:\n{Process.Log}", e);
            }
        }
    }
}
