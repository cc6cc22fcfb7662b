using Baichuan.Client;
using Baichuan.Testing.Certificates;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Baichuan.Kubernetes.Tests.Processes;

/// <summary>
/// The pods of the rendered chart as processes, with the environment that the chart gives them: a store, control silos, silos and a gateway. Each has a loopback
/// address of its own in place of a pod's, so the chart's ports stay as they are.
/// </summary>
internal sealed class ChartCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _network = $"127.{Random.Shared.Next(10, 250)}.{Random.Shared.Next(10, 250)}";
    private readonly string _sessionKey = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
    private readonly TestAuthority _authority = new TestAuthority("internal").Issue("pod");
    private readonly Dictionary<string, ChildProcess> _pods = [];
    private readonly Rendered _chart;

    private ChartCluster(Rendered chart)
    {
        _chart = chart;
        var isPostgres = chart.EnvironmentOf("baichuan-silo")["Silo__Store"] == "postgres";
        Store = isPostgres ? new PostgresServer(Ip(1)) : new RedisServer(Ip(1));
    }

    public IStoreServer Store { get; }

    public string GatewayIp => Ip(2);

    /// <summary>Pods by name, with their addresses.</summary>
    public Dictionary<string, string> Addresses { get; } = [];

    public IReadOnlyDictionary<string, ChildProcess> Pods => _pods;

    public BaichuanClient Client { get; private set; } = null!;

    public string Logs => string.Join('\n', _pods.Select(pod => $"--- {pod.Key}\n{pod.Value.Log}"));

    /// <summary>Starts gateways, control silos and silos, and waits until their own readiness probes pass; without silos a gateway lives, and no more.</summary>
    public static async Task<ChartCluster> StartAsync(Rendered chart, int controls = 1, int silos = 2, int gateways = 1)
    {
        var cluster = new ChartCluster(chart);
        try
        {
            await cluster.Store.StartAsync();
            for (var i = 0; i < controls; i++)
                cluster.StartSilo("baichuan-control", i);
            for (var i = 0; i < silos; i++)
                cluster.StartSilo("baichuan-silo", i);
            for (var i = 0; i < gateways; i++)
                cluster.StartPod($"baichuan-gateway-{(char)('a' + i)}", "baichuan-gateway", "gateway", cluster.Ip(2 + i));
            cluster.Client = cluster.Connect(cluster.GatewayIp);
            foreach (var pod in cluster._pods.Keys)
                await cluster.ReadyAsync(pod, silos == 0 ? "live" : "");
            return cluster;
        }
        catch (Exception e)
        {
            var logs = cluster.Logs;
            await cluster.DisposeAsync();
            throw new InvalidOperationException($"The cluster did not start:\n{logs}", e);
        }
    }

    public void StartSilo(string set, int ordinal) =>
        StartPod($"{set}-{ordinal}", set, "silo", Ip((set == "baichuan-control" ? 10 : 20) + ordinal));

    public BaichuanClient Connect(string gateway) => new(new Uri($"http://{gateway}:5080"));

    /// <summary>Asks a pod to end, as Kubernetes does, and waits until it has.</summary>
    public async Task StopPodAsync(string name)
    {
        _pods.Remove(name, out var process);
        Addresses.Remove(name);
        await process!.DisposeAsync();
    }

    /// <summary>Answers the probe of one service as the kubelet would.</summary>
    public async Task<HealthCheckResponse.Types.ServingStatus?> ProbeAsync(string pod, string service)
    {
        using var channel = GrpcChannel.ForAddress($"http://{Addresses[pod]}:8081");
        try
        {
            return (await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service }, deadline: DateTime.UtcNow.AddSeconds(5))).Status;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            return null;
        }
    }

    public Task ReadyAsync(string pod, string service = "") => UntilAsync(
        async () => await ProbeAsync(pod, service) == HealthCheckResponse.Types.ServingStatus.Serving,
        () => $"{pod} is not ready:\n{(_pods.TryGetValue(pod, out var process) ? process.Log : "")}");

    public static Task UntilAsync(Func<Task<bool>> condition, Func<string> otherwise) => Waiting.UntilAsync(condition, otherwise, Patience);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await Task.WhenAll(_pods.Values.Reverse().Select(pod => pod.DisposeAsync().AsTask()));
        await Store.DisposeAsync();
        _authority.Dispose();
    }

    private void StartPod(string name, string owner, string verb, string address)
    {
        var environment = _chart.EnvironmentOf(owner).ToDictionary(variable => variable.Key, variable => variable.Value switch
        {
            "status.podIP" => address,
            "metadata.name" => name,
            "secret:session-key" => _sessionKey,
            "0.0.0.0" => address,
            "/internal-tls/tls.crt" => _authority.CertificateFile,
            "/internal-tls/tls.key" => _authority.KeyFile,
            "/internal-tls/ca.crt" => _authority.AuthorityFile,
            "secret:store-connection" or "baichuan-redis:6379,password=$(REDIS_PASSWORD)" => Store.Connection,
            var value => value,
        });
        environment["Slots__Threads"] = "1"; // in place of the pod's CPU limit
        _pods[name] = new ChildProcess(Executables.Server, [verb], environment);
        Addresses[name] = address;
    }

    private string Ip(int host) => $"{_network}.{host}";
}
