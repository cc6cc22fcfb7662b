using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Placement;

namespace Baichuan.Cluster.Tests.Placement;

public sealed class SlotPlannerTests
{
    private static readonly HashSet<(string, int)> NoneTaken = [];

    [Fact]
    public void Shards_fill_silo_by_silo_so_that_the_ranks_of_a_stage_stand_together()
    {
        var places = SlotPlanner.Place(2, 2, [Offer("b", 2), Offer("a", 2)], NoneTaken, [], "a");

        Assert.Equal([("b", 0), ("b", 1), ("a", 0), ("a", 1)], places!.Select(place => (place.Silo, place.Slot)));
        Assert.Equal([(0, 0), (0, 1), (1, 0), (1, 1)], places!.Select(place => (place.Stage, place.Rank)));
    }

    [Fact]
    public void A_shard_stays_where_it_was()
    {
        var before = SlotPlanner.Place(2, 1, [Offer("b", 1), Offer("c", 1)], NoneTaken, [], "a");

        var after = SlotPlanner.Place(2, 1, [Offer("a", 1), Offer("b", 1), Offer("c", 1)], NoneTaken, before!, "a");

        Assert.Equal(["b", "c"], after!.Select(place => place.Silo));
    }

    [Fact]
    public void Only_the_shard_of_a_lost_silo_moves_to_the_spare()
    {
        var before = SlotPlanner.Place(2, 1, [Offer("a", 1), Offer("b", 1)], NoneTaken, [], "a");

        var after = SlotPlanner.Place(2, 1, [Offer("b", 1), Offer("spare", 1)], NoneTaken, before!, "a");

        Assert.Equal(["spare", "b"], after!.Select(place => place.Silo));
    }

    [Fact]
    public void A_slot_of_another_replica_is_not_used()
    {
        var places = SlotPlanner.Place(1, 1, [Offer("a", 2)], new HashSet<(string, int)> { ("a", 0) }, [], "a");

        Assert.Equal(("a", 1), (places![0].Silo, places[0].Slot));
    }

    [Theory]
    [InlineData("a", 1)]
    [InlineData("b", 1)]
    [InlineData("b", 2)]
    [InlineData("c", 3)]
    public void The_shard_that_answers_stands_beside_the_coordinator_of_a_new_replica(string coordinator, int stages)
    {
        var places = SlotPlanner.Place(2, stages, [Offer("a", 2), Offer("b", 2), Offer("c", 2)], NoneTaken, [], coordinator);

        Assert.Equal(coordinator, places![^2].Silo);
        Assert.All(places.Chunk(2), stage => Assert.Equal(stage[0].Silo, stage[1].Silo));
    }

    [Fact]
    public void A_coordinator_that_moved_moves_no_shard()
    {
        var before = SlotPlanner.Place(2, 1, [Offer("a", 1), Offer("b", 1)], NoneTaken, [], "a");

        var after = SlotPlanner.Place(2, 1, [Offer("a", 1), Offer("b", 1)], NoneTaken, before!, "b");

        Assert.Equal(["a", "b"], after!.Select(place => place.Silo));
    }

    [Fact]
    public void Too_few_slots_give_no_places() => Assert.Null(SlotPlanner.Place(2, 2, [Offer("a", 3)], NoneTaken, [], "a"));

    private static SlotAdvertisement Offer(string silo, int slots) => new()
    {
        Silo = silo,
        DataEndpoint = $"{silo}:1",
        Slots = slots,
        KvCacheBytes = 1 << 20,
        Profile = "p",
        ProcessId = 1,
    };
}
