using Baichuan.Scheduling.Routing;

namespace Baichuan.Scheduling.Tests.Routing;

/// <summary>
/// Requests that share their beginnings (guidelines, system messages, patients' files) over replicas whose caches hold a part of them: simulated, with caches
/// that keep what was used last.
/// </summary>
public sealed class SharedPrefixTests
{
    private const int Replicas = 4;
    private const int Prefixes = 40;
    private const int PrefixBlocks = 32;
    private const int OwnBlocks = 4;
    private const int CacheBlocks = 14 * PrefixBlocks; // of one replica: about a third of all prefixes
    private const int Lifetime = 24; // arrivals during which a request runs
    private const int Requests = 4000;

    [Fact]
    public void Routing_by_prefix_hits_more_than_taking_turns_and_keeps_the_load_together()
    {
        var byTurn = Simulate(byPrefix: false);
        var byPrefix = Simulate(byPrefix: true);
        Assert.True(byPrefix.HitRate > 1.5 * byTurn.HitRate, $"By prefix {byPrefix.HitRate:P0} of the blocks hit, by turn {byTurn.HitRate:P0}.");
        Assert.True(byPrefix.HitRate > 0.75, $"By prefix {byPrefix.HitRate:P0} of the blocks hit.");
        Assert.InRange(byPrefix.MostApart, 0, Lifetime);
    }

    private static (double HitRate, int MostApart) Simulate(bool byPrefix)
    {
        var random = new Random(5);
        var map = new PrefixMap([1], 1 << 16);
        var caches = Enumerable.Range(0, Replicas).Select(_ => new RecentNames(CacheBlocks)).ToArray();
        var running = new Queue<int>();
        var (hits, blocks, apart) = (0L, 0L, 0);
        for (var request = 0; request < Requests; request++)
        {
            if (running.Count == Lifetime)
                running.Dequeue();
            var loads = Enumerable.Range(0, Replicas).Select(replica => running.Count(r => r == replica)).ToArray();
            apart = Math.Max(apart, loads.Max() - loads.Min());

            // Some prefixes are much more frequent than others.
            var prefix = (int)(Prefixes * random.NextDouble() * random.NextDouble());
            int[] prompt = [.. Enumerable.Range(prefix << 12, PrefixBlocks * 16), .. Enumerable.Range((1 << 24) + (request << 6), OwnBlocks * 16)];
            var names = map.NamesOf("ward", prompt);
            var chosen = byPrefix
                ? ReplicaRouter.Choose([.. loads.Select((load, replica) => new RouteCandidate(new ReplicaLoad(0, load), map.Match(replica, 1, names)))])!.Value
                : request % Replicas;
            map.Add(chosen, 1, names);
            running.Enqueue(chosen);
            hits += names.TakeWhile(caches[chosen].Contains).Count();
            blocks += names.Length;
            foreach (var name in names.Reverse())
                caches[chosen].See(name);
        }

        return ((double)hits / blocks, apart);
    }
}
