using Baichuan.Chaos.Faults;
using Baichuan.Client;
using Baichuan.Testing.Processes;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Chaos.Processes;

/// <summary>The demo model at T = 2 x P = 2: a silo process of one slot for each shard, spare ones, those without slots, and two gateway processes, on one state file.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    public const int Gateways = 2;
    private const int Stages = 2;
    private const int Shards = 2 * Stages;
    private const int MostReplicas = 3;
    private const int LastLines = 30;

    /// <summary>Types of weights, which give other answers to the same requests: before an upgrade, and after it.</summary>
    private static readonly string[] Versions = ["f32", "int8"];

    private static readonly TimeSpan MostStartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly string _data = Directory.CreateTempSubdirectory("baichuan-chaos-").FullName;
    private readonly ChildProcess?[] _silos; // those with slots first
    private readonly int _withSlots;
    private readonly GatewayProcess[] _gateways = new GatewayProcess[Gateways];
    private readonly SiloLinks? _links;
    private readonly bool _scales; // from one replica of one silo to three, and back
    private readonly bool _upgrades; // replicas of two silos each
    private int _version;
    private readonly ChaosOptions _options;
    private StoreOutage? _outage;
    private BaichuanClient _client = null!;

    private ChaosCluster(ChaosOptions options)
    {
        _options = options;
        _scales = options.Faults.Contains(FaultKind.Scale);
        _upgrades = options.Faults.Contains(FaultKind.Upgrade);
        _withSlots = _scales ? MostReplicas : _upgrades ? 2 * options.Replicas : Shards + options.Spares;
        _silos = new ChildProcess[_withSlots + (_scales || _upgrades ? 0 : options.Control)];
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

    /// <summary>All of them, the last first.</summary>
    public static ProcessName EverySilo { get; } = new(false, 0, "and the others");

    /// <summary>What a server without faults is to be told, to give the answers that streams may have: of one version, or of two.</summary>
    public static IReadOnlyList<string[]> VersionsOf(ChaosOptions options) =>
        options.Faults.Contains(FaultKind.Upgrade) ? [.. Versions.Select(WeightsOf)] : [[]];

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
        && topology.Replicas.Count(replica => replica.State == ReplicaState.Ready && replica.Shards.Count == (_scales || _upgrades ? replica.Shards.Count : Shards)) == (_scales ? Running.Count() : _upgrades ? _options.Replicas : 1);

    /// <summary>The same, and every replica runs streams.</summary>
    public bool IsBusy(GetTopologyResponse topology) => IsWhole(topology) && topology.Replicas.All(replica => replica.State != ReplicaState.Ready || replica.Running > 0);

    /// <summary>What is known of a cluster that is not whole, for an error's text.</summary>
    public string Describe(GetTopologyResponse? topology)
    {
        var replicas = topology is null ? "no gateway answers" : string.Join("; ", topology.Replicas.Select(replica => $"replica {replica.Index} {replica.State}, epoch {replica.Epoch} {replica.Note}"));
        var silos = Running.Select(silo => $"\nsilo {silo.Id}: {(silo.HasExited ? "ended" : topology?.Silos.Any(offer => offer.ProcessId == silo.Id) == true ? "offers slots" : "offers no slots")}; {Tail(silo)}");
        return $"{replicas}{string.Concat(silos)}{string.Concat(_gateways.Select(gateway => $"\ngateway {gateway.Process.Id}: {(gateway.Process.HasExited ? "ended" : "runs")}; {Tail(gateway.Process)}"))}";
    }

    private static string Tail(ChildProcess process) => string.Join('\n', process.Log.Split('\n').TakeLast(LastLines));

    public ProcessName Gateway(int number) => new(true, number, "gateway");

    public ProcessName Silo(int processId, string role) => new(false, Array.FindIndex(_silos, silo => silo?.Id == processId), role);

    /// <summary>All of them in turn.</summary>
    public ProcessName Any(int turn)
    {
        var number = turn % (_silos.Length + Gateways);
        return number < _silos.Length ? new ProcessName(false, number, "silo") : Gateway(number - _silos.Length);
    }

    /// <summary>The silo whose slot is taken next: the coordinator's if it is free, or the first in the order of their addresses.</summary>
    public ProcessName Spare(GetTopologyResponse topology)
    {
        var replica = topology.Replicas[0];
        var free = _silos[.._withSlots].Select(silo => silo!.Id).Except(replica.Shards.Select(shard => shard.ProcessId)).ToHashSet();
        var next = topology.Silos.Where(silo => free.Contains(silo.ProcessId)).OrderBy(silo => silo.Address != replica.Coordinator).ThenBy(silo => silo.Address, StringComparer.Ordinal).First();
        return Silo(next.ProcessId, "spare");
    }

    /// <summary>Whether a spare has to load before it can take the shard's place: all have rehearsed rank 0 of the last stage.</summary>
    public static bool IsLoadedAnew(Shard shard) => (shard.Stage, shard.Rank) != (Stages - 1, 0);

    /// <param name="point">Where the victim's code is to die; null: wherever it is.</param>
    /// <param name="loading">Dies while it loads the shard of the victim; null: nobody does.</param>
    public async Task InflictAsync(FaultKind fault, ProcessName victim, string? point, ProcessName? loading, CancellationToken cancellation)
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
            case FaultKind.Upgrade:
                await UpgradeAsync(cancellation);
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
        if (fault is FaultKind.StoreDown or FaultKind.Scale or FaultKind.Upgrade)
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

    /// <summary>As a StatefulSet does it: the next silo goes when the one before it is back.</summary>
    private async Task UpgradeAsync(CancellationToken cancellation)
    {
        _version = (_version + 1) % Versions.Length;
        for (var number = _silos.Length - 1; number >= 0; number--)
        {
            _silos[number]!.Signal("TERM");
            await _silos[number]!.ExitAsync(MostStartTime);
            await EndAsync(_silos[number]!);
            var started = _silos[number] = StartSilo(number);
            using var most = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            most.CancelAfter(MostStartTime);
            while (await TryGetTopologyAsync(most.Token) is not { } topology || topology.Silos.All(silo => silo.ProcessId != started.Id))
                await Task.Delay(100, most.Token);
        }
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
        string[] cut = _scales ? ["--replicas", $"{MostReplicas}"]
            : _upgrades ? ["--replicas", $"{_options.Replicas}", "--tensor-parallel", "2", "--silo-name", $"silo-{number}", .. WeightsOf(Versions[_version])]
            : ["--tensor-parallel", "2", "--pipeline-parallel", $"{Stages}"];
        string[] arguments =
        [
            "silo", .. Shared, .. cut, "--slots", number < _withSlots ? "1" : "0", "--threads", "1", "--max-sequences", "128", "--max-batch-rows", "1024",
            .. _links?.ArgumentsOf(number) ?? [],
        ];
        var environment = Environment;
        if (number >= _withSlots)
            environment["DOTNET_TieredCompilation"] = "1"; // as in the chart
        environment["Silo__AdmitsGateways"] = $"{number >= _withSlots || _withSlots == _silos.Length}";
        return _links is null ? new ChildProcess(Executables.Server, arguments, environment) : new ChildProcess("ip", ["netns", "exec", _links.NamespaceOf(number), Executables.Server, .. arguments], environment);
    }

    private Task<GatewayProcess> StartGatewayAsync(int port) => GatewayProcess.StartAsync(["gateway", .. Shared, .. _upgrades ? (string[])["--routing", "round-robin"] : []], port, Environment); // so that every replica has streams when it goes

    private static string[] WeightsOf(string type) => ["--weights", type];

    private string PointFile => Path.Combine(_data, "fault-point");

    private Dictionary<string, string> Environment => new()
    {
        ["BAICHUAN_FAULT_POINT_FILE"] = PointFile,
        ["Gateway__AdmissionTimeout"] = _upgrades ? "00:01:00" : "00:00:05", // a single replica is away while its silos are
    };

    private string StatePath => Path.Combine(_data, "cluster.db");

    private string[] Shared => ["--state-file", StatePath, "--cluster-id", "chaos"];
}
