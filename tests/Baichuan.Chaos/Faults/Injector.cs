using System.Globalization;
using Baichuan.Chaos.Load;
using Baichuan.Chaos.Processes;
using Baichuan.Testing.Processes;
using Baichuan.V1;

namespace Baichuan.Chaos.Faults;

/// <summary>Makes one fault after the other, each when the cluster is whole and under load, and mends what it broke.</summary>
internal sealed class Injector(ChaosOptions options, ChaosCluster cluster, StreamLoad load, Random random, TextWriter output)
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(90);

    /// <summary>Events that show that a stream goes on: a dead process's last ones still arrive after the fault.</summary>
    private const int EventsToGoOn = 6;

    /// <returns>The faults, in order.</returns>
    public async Task<IReadOnlyList<Injection>> RunAsync(CancellationToken cancellation)
    {
        var injections = new List<Injection>();
        for (var i = 0; i < options.Count; i++)
        {
            // 1. Everything is there, most streams decode; then at any moment.
            var topology = await WholeAsync(cancellation);
            await WaitAsync(() => load.Live >= options.Streams / 2, "Too few streams decode.", cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100, 700)), cancellation);

            // 2. The fault.
            var fault = options.Faults[i % options.Faults.Count];
            var victim = Choose(fault, topology, i);
            var (before, resumptions) = (load.Seen, load.Resumptions);
            var injection = new Injection(fault, victim.ToString(), load.Seconds, load.Live > 0);
            injections.Add(injection);
            var also = fault == FaultKind.KillLoading ? cluster.Spare(topology) : null;
            await cluster.InflictAsync(fault, victim, PointOf(fault, i), also, cancellation);

            // 3. The streams that were running go on.
            var stalled = await StreamsGoOnAsync(before, injection.Seconds, cancellation);
            injection.BrokeCalls = load.Resumptions > resumptions;
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{injection.Seconds,7:F2} s  {i + 1,3} of {options.Count}: {fault} {victim}{(PointOf(fault, i) is { } at ? $" {at}" : "")}; all streams went on after {stalled:F2} s"));

            // 4. What broke is mended.
            var due = FaultKinds.HoldOf(fault) is { } hold ? options.Hold ?? hold : options.RestartAfter;
            var left = injection.Seconds + due.TotalSeconds - load.Seconds;
            if (left > 0)
                await Task.Delay(TimeSpan.FromSeconds(left), cancellation);
            await cluster.MendAsync(fault, victim, cancellation);
            if (fault == FaultKind.Scale)
                await WaitAsync(async () => await cluster.TryGetTopologyAsync(cancellation) is { } seen && cluster.IsBusy(seen), () => "A replica has no streams.", cancellation);
            if (also is not null)
                await cluster.MendAsync(fault, also, cancellation);
            if (!FaultKinds.Stalls(fault))
                injection.Until = load.Seconds;
        }

        await WholeAsync(cancellation);
        return injections;
    }

    private async Task<double> StreamsGoOnAsync(IReadOnlyDictionary<string, long> before, double since, CancellationToken cancellation)
    {
        await WaitAsync(() => load.HaveAllGoneOn(before, EventsToGoOn), "Some streams do not go on.", cancellation);
        return load.Seconds - since;
    }

    private async Task<GetTopologyResponse> WholeAsync(CancellationToken cancellation)
    {
        GetTopologyResponse? topology = null;
        await WaitAsync(
            async () => (topology = await cluster.TryGetTopologyAsync(cancellation)) is { } seen && cluster.IsWhole(seen), () => $"The cluster is not whole: {cluster.Describe(topology)}", cancellation);
        return topology!;
    }

    private string? PointOf(FaultKind fault, int number) =>
        !options.AtPoints || !FaultPoints.Of.TryGetValue(fault, out var points) ? null
        : options.Point is null ? points[number / options.Faults.Count % points.Length]
        : points.Contains(options.Point) ? options.Point : null;

    private ProcessName Choose(FaultKind fault, GetTopologyResponse topology, int number)
    {
        var replica = topology.Replicas[0];
        var coordinator = topology.Silos.FirstOrDefault(silo => silo.Address == replica.Coordinator)?.ProcessId ?? 0;
        return fault switch
        {
            FaultKind.KillGateway => cluster.Gateway(number % ChaosCluster.Gateways),
            FaultKind.KillCoordinator => cluster.Silo(coordinator, "coordinator"),
            FaultKind.RollingRestart => cluster.Any(number),
            FaultKind.Scale => ChaosCluster.Joining,
            FaultKind.StoreDown => ChaosCluster.StateFile,
            FaultKind.Upgrade => ChaosCluster.EverySilo,
            FaultKind.KillLoading => ShardHolder(replica.Shards.Where(ChaosCluster.IsLoadedAnew), coordinator),
            _ => ShardHolder(replica.Shards, coordinator),
        };
    }

    private ProcessName ShardHolder(IEnumerable<Shard> among, int coordinator)
    {
        Shard[] shards = [.. among];
        var shard = shards[random.Next(shards.Length)];
        return cluster.Silo(shard.ProcessId, $"shard {shard.Stage}.{shard.Rank}{(shard.ProcessId == coordinator ? " and coordinator" : "")}");
    }

    private static Task WaitAsync(Func<bool> isSo, string otherwise, CancellationToken cancellation) => WaitAsync(() => Task.FromResult(isSo()), () => otherwise, cancellation);

    private static Task WaitAsync(Func<Task<bool>> isSo, Func<string> otherwise, CancellationToken cancellation) => Waiting.UntilAsync(isSo, otherwise, MostWait, cancellation);
}
