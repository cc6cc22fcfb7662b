using Baichuan.Scheduling.Routing;
using CsCheck;

namespace Baichuan.Scheduling.Tests.Routing;

public sealed class ReplicaRouterTests
{
    [Fact]
    public void Where_nothing_is_cached_a_request_goes_to_the_replica_with_the_fewest_sequences_the_lowest_among_equals()
    {
        Assert.Equal(1, ReplicaRouter.Choose([new(new(2, 3)), new(new(0, 4)), new(new(4, 0))]));
        Assert.Equal(0, ReplicaRouter.Choose([new(new(1, 1)), new(new(0, 2))]));
        Assert.Null(ReplicaRouter.Choose([]));
    }

    [Fact]
    public void A_session_comes_first_then_the_longest_cached_prefix_then_the_load()
    {
        Assert.Equal(2, ReplicaRouter.Choose([new(new(0, 0), 9), new(new(0, 0), 5), new(new(50, 50), 0, HasSession: true)]));
        Assert.Equal(1, ReplicaRouter.Choose([new(new(0, 0), 2), new(new(0, 5), 3), new(new(0, 1), 2)]));
        Assert.Equal(2, ReplicaRouter.Choose([new(new(0, 3), 2), new(new(0, 9), 1), new(new(0, 1), 2)]));
    }

    [Fact]
    public void A_replica_that_is_too_far_ahead_of_the_least_busy_one_is_not_chosen_for_its_cache() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 100]).Array[1, 9].Sample(replicas =>
        {
            var candidates = replicas.Select(replica => new RouteCandidate(new ReplicaLoad(0, replica.Item1), replica.Item2)).ToArray();
            var chosen = candidates[ReplicaRouter.Choose(candidates)!.Value];
            var near = candidates.Where(candidate => candidate.Load.Running - candidates.Min(c => c.Load.Running) <= ReplicaRouter.MostAhead).ToArray();
            return near.Contains(chosen) && chosen.CachedBlocks == near.Max(candidate => candidate.CachedBlocks);
        });

    [Fact]
    public void A_prefix_that_everybody_sends_spreads_once_its_replica_is_ahead()
    {
        var (running, cached) = (new int[4], new bool[4]);
        for (var request = 0; request < 400; request++)
        {
            var chosen = ReplicaRouter.Choose([.. running.Zip(cached, (load, has) => new RouteCandidate(new ReplicaLoad(0, load), has ? 100 : 0))])!.Value;
            running[chosen]++;
            cached[chosen] = true;
            Assert.True(running.Max() - running.Min() <= ReplicaRouter.MostAhead + 1);
        }
    }
}
