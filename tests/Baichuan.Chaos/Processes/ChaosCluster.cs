using Baichuan.Chaos.Faults;
using Baichuan.Client;
using Baichuan.Testing.Processes;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Chaos.Processes;

/// <summary>The demo model at T = 2 x P = 2: a silo process of one slot for each shard, spare ones, and two gateway processes, on one state file.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    public const int Gateways = 2;
    private const int Shards = 4;
    private const int MostReplicas = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly string _data = Directory.CreateTempSubdirectory("baichuan-chaos-").FullName;
    private readonly ChildProcess?[] _silos;
    private readonly GatewayProcess[] _gateways = new GatewayProcess[Gateways];
    private readonly SiloLinks? _links;
    private readonly bool _scales; // from one replica of one silo to three, and back
    private readonly ChaosOptions _options;
    private StoreOutage? _outage;
    private BaichuanClient _client = null!;

    private ChaosCluster(ChaosOptions options)
    {
        _options = options;
        _scales = options.Faults.Contains(FaultKind.Scale);
        _silos = new ChildProcess[_scales ? MostReplicas : Shards + options.Spares];
        _links = options.Faults.Contains(FaultKind.CutLink) ? new SiloLinks(_silos.Length) : null;
    }

    public IReadOnlyList<Uri> Addresses => [.. _gateways.Select(gateway => new Uri(gateway.Address))];

    public static async Task<ChaosCluster> StartAsync(ChaosOptions options)
    {
        var cluster = new ChaosCluster(options);
        try
        {
            for (var number = 0; number < (cluster._scales ? 1 : cluster._silos.Length); number++)
                cluster._silos[number] = cluster.StartSilo(number);
            for (var number = 0; number < Gateways; number++)
                cluster._gateways[number] = await cluster.StartGatewayAsync(Ports.Free());
            cluster._client = new BaichuanClient(cluster.Addresses);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>What every process has open.</summary>
    public static ProcessName StateFile { get; } = new(false, -1, "state file");

    /// <summary>The silos of the second and third replica.</summary>
    public static ProcessName Joining { get; } = new(false, 1, "and the next");

    /// <summary>Null while no gateway answers.</summary>
    public async Task<GetTopologyResponse?> TryGetTopologyAsync(CancellationToken cancellation)
    {
        try
        {
            return await _client.GetTopologyAsync(cancellationToken: cancellation);
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private IEnumerable<ChildProcess> Running => _silos.OfType<ChildProcess>();

    /// <summary>Every silo that runs offers its slots, and the replicas are ready on all that they are deployed with.</summary>
    public bool IsWhole(GetTopologyResponse topology) =>
        topology.Silos.Select(silo => silo.ProcessId).ToHashSet().SetEquals(Running.Select(silo => silo.Id))
        && topology.Replicas.Count(replica => replica.State == ReplicaState.Ready && replica.Shards.Count == (_scales ? 1 : Shards)) == (_scales ? Running.Count() : 1);

    /// <summary>The same, and every replica runs streams.</summary>
    public bool IsBusy(GetTopologyResponse topology) => IsWhole(topology) && topology.Replicas.All(replica => replica.State != ReplicaState.Ready || replica.Running > 0);

    public ProcessName Gateway(int number) => new(true, number, "gateway");

    public ProcessName Silo(int processId, string role) => new(false, Array.FindIndex(_silos, silo => silo?.Id == processId), role);

    /// <summary>All of them in turn.</summary>
    public ProcessName Any(int turn)
    {
        var number = turn % (_silos.Length + Gateways);
        return number < _silos.Length ? new ProcessName(false, number, "silo") : Gateway(number - _silos.Length);
    }

    /// <summary>The silo whose slot is taken next.</summary>
    public ProcessName Spare(GetTopologyResponse topology)
    {
        var held = topology.Replicas[0].Shards.Select(shard => shard.ProcessId).ToHashSet();
        return Silo(topology.Silos.First(silo => !held.Contains(silo.ProcessId)).ProcessId, "spare");
    }

    /// <param name="point">Where the victim's code is to die; null: wherever it is.</param>
    /// <param name="loading">Dies while it loads the shard of the victim; null: nobody does.</param>
    public async Task InflictAsync(FaultKind fault, ProcessName victim, string? point, ProcessName? loading)
    {
        if (loading is not null)
            await ArmAsync(loading, FaultPoints.Load);
        switch (fault)
        {
            case FaultKind.StopShard:
                ProcessOf(victim).Signal("STOP");
                break;
            case FaultKind.PauseShard:
                ProcessOf(victim).Signal("STOP");
                await Task.Delay(Pause);
                ProcessOf(victim).Signal("CONT");
                break;
            case FaultKind.Scale when _silos[victim.Number] is null:
                for (var number = victim.Number; number < _silos.Length; number++)
                    _silos[number] = StartSilo(number);
                break;
            case FaultKind.Scale:
                await Task.WhenAll(_silos[victim.Number..].Select(silo => EndAsync(silo!)));
                Array.Clear(_silos, victim.Number, _silos.Length - victim.Number);
                break;
            case FaultKind.StoreDown:
                _outage = await StoreOutage.BeginAsync(StatePath);
                break;
            case FaultKind.CutLink:
                _links!.Cut(victim.Number);
                break;
            case FaultKind.RollingRestart:
                ProcessOf(victim).Signal("TERM");
                await ProcessOf(victim).ExitAsync(TimeSpan.FromSeconds(60));
                break;
            default:
                if (point is null)
                    ProcessOf(victim).Signal("KILL");
                else
                    await ArmAsync(victim, point);
                await ProcessOf(victim).ExitAsync(TimeSpan.FromSeconds(10));
                break;
        }

        if (loading is not null)
            await ProcessOf(loading).ExitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Wakes, heals or starts again. A silo that was taken for dead ends itself when it wakes.</summary>
    public async Task MendAsync(FaultKind fault, ProcessName victim, CancellationToken cancellation)
    {
        if (fault == FaultKind.StoreDown)
            _outage!.Dispose();
        if (fault is FaultKind.StoreDown or FaultKind.Scale)
            return;

        if (fault == FaultKind.StopShard)
            ProcessOf(victim).Signal("CONT");
        if (fault == FaultKind.CutLink)
            _links!.Heal(victim.Number);
        if (fault is FaultKind.StopShard or FaultKind.PauseShard or FaultKind.CutLink)
            await EndedOrBackAsync(victim, cancellation);
        if (!ProcessOf(victim).HasExited)
            return;
        if (fault == FaultKind.PauseShard)
            throw new InvalidOperationException($"{victim} paused for a moment and was removed from the cluster.");
        await EndAsync(ProcessOf(victim));
        if (victim.IsGateway)
            _gateways[victim.Number] = await StartGatewayAsync(_gateways[victim.Number].GrpcPort);
        else
            _silos[victim.Number] = StartSilo(victim.Number);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _outage?.Dispose();
        ChildProcess?[] all = [.. _gateways.Select(gateway => gateway?.Process), .. _silos];
        foreach (var process in all)
        {
            if (process is { HasExited: false })
                process.Signal("CONT");
        }

        await Task.WhenAll(all.Select(process => process is null ? Task.CompletedTask : EndAsync(process)));
        _links?.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private async Task ArmAsync(ProcessName name, string point)
    {
        await File.WriteAllTextAsync(PointFile, point);
        ProcessOf(name).Signal("USR2");
    }

    private async Task EndAsync(ChildProcess process)
    {
        var id = process.Id;
        await process.DisposeAsync();
        if (_options.Logs is not { } folder)
            return;
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, $"{id}.log"), process.Log);
    }

    private async Task EndedOrBackAsync(ProcessName victim, CancellationToken cancellation)
    {
        var process = ProcessOf(victim);
        for (var look = 0; look < 300 && !process.HasExited; look++)
        {
            if (await TryGetTopologyAsync(cancellation) is { } topology && IsWhole(topology) && look > 50)
                return;
            await Task.Delay(100, cancellation);
        }
    }

    private ChildProcess ProcessOf(ProcessName name) => name.IsGateway ? _gateways[name.Number].Process : _silos[name.Number]!;

    private ChildProcess StartSilo(int number)
    {
        string[] arguments =
        [
            "silo", .. Shared, .. _scales ? (string[])["--replicas", $"{MostReplicas}"] : ["--tensor-parallel", "2", "--pipeline-parallel", "2"], "--slots", "1", "--threads", "1", "--max-sequences", "128", "--max-batch-rows", "512",
            .. _links?.ArgumentsOf(number) ?? [],
        ];
        return _links is null ? new ChildProcess(Executables.Server, arguments, Environment) : new ChildProcess("ip", ["netns", "exec", _links.NamespaceOf(number), Executables.Server, .. arguments], Environment);
    }

    private Task<GatewayProcess> StartGatewayAsync(int port) => GatewayProcess.StartAsync(["gateway", .. Shared], port, Environment);

    private string PointFile => Path.Combine(_data, "fault-point");

    private Dictionary<string, string> Environment => new() { ["BAICHUAN_FAULT_POINT_FILE"] = PointFile };

    private string StatePath => Path.Combine(_data, "cluster.db");

    private string[] Shared => ["--state-file", StatePath, "--cluster-id", "chaos"];
}
