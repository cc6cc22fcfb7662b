using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Placement;
using Baichuan.Model;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Blocks;
using CsCheck;

namespace Baichuan.Cluster.Tests.Placement;

/// <summary>The tiny model: 4 layers, 4 heads of the kind that has fewer.</summary>
public sealed class LayoutPlannerTests
{
    private const long Roomy = 1 << 20;

    private static readonly ModelConfig Config = ModelConfig.Load(Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny"));
    private static readonly HashSet<(string, int)> NoneTaken = [];

    [Theory]
    [InlineData(2, 2, 5, 2, 2)] // as deployed
    [InlineData(2, 2, 4, 2, 2)]
    [InlineData(2, 2, 3, 1, 3)] // most slots first
    [InlineData(2, 2, 2, 2, 1)] // then most ranks
    [InlineData(2, 2, 1, 1, 1)]
    [InlineData(4, 1, 3, 1, 3)] // three ranks would add in another order
    [InlineData(4, 1, 2, 2, 1)]
    [InlineData(4, 2, 7, 2, 3)] // seven stages of four layers cannot be
    [InlineData(4, 2, 5, 4, 1)]
    [InlineData(1, 4, 3, 1, 3)] // never more ranks than deployed
    [InlineData(3, 2, 5, 3, 1)] // three ranks only with three
    public void Most_slots_are_used_and_the_same_bytes_given(int ranks, int stages, int slots, int expectedRanks, int expectedStages)
    {
        var places = Place(Planner(ranks, stages), OfferedSlots.Of(slots, Roomy, Roomy << 4));

        Assert.Equal((expectedRanks * expectedStages, expectedRanks, expectedStages), (places!.Count, places[^1].Rank + 1, places[^1].Stage + 1));
    }

    [Theory]
    [InlineData(3, 2, 3)]
    [InlineData(3, 2, 2)]
    public void Ranks_that_add_in_their_own_order_are_never_fewer(int ranks, int stages, int slots) =>
        Assert.Equal(slots == 3, Place(Planner(ranks, stages), OfferedSlots.Of(slots, Roomy, Roomy << 4)) is not null);

    [Fact]
    public void A_layout_whose_weights_do_not_fit_is_passed_over_and_said_to_be()
    {
        var planner = Planner(2, 2);
        var most = WeightBytes(1, 3);
        Assert.Equal(3, Place(planner, OfferedSlots.Of(3, Roomy, Roomy + most))!.Count);
        var slots = OfferedSlots.Of(3, Roomy, Roomy + most - 1);
        Assert.Null(Place(planner, slots));
        Assert.Equal(
            $"4 slots of one profile are needed; free are 3 of p. As 3 x 1 shards it does not fit: {most} bytes of weights and {Roomy} of KV cache exceed the {Roomy + most - 1} bytes that a slot may take (Slots:MemoryBytes).",
            planner.Shortage(slots, NoneTaken, "", ["p"]));
    }

    [Fact]
    public void A_slot_without_room_is_left_out_and_the_others_are_used()
    {
        var places = Place(Planner(2, 2), [.. OfferedSlots.Of(2, Roomy, Roomy << 4), OfferedSlots.One("small", Roomy, 0)]);

        Assert.Equal(["a0", "a1"], places!.Select(place => place.Silo));
    }

    [Fact]
    public void The_longest_sequence_that_is_served_fits_still()
    {
        var planner = Planner(2, 2);
        long kv = 1 << 12;
        while (Longest(2, 2, kv) < Config.MaxPositions)
            kv += 256;
        Assert.True(Longest(1, 3, kv) < Config.MaxPositions); // a rank has all heads there
        Assert.Null(Place(planner, OfferedSlots.Of(3, kv, Roomy)));
        Assert.Contains($"and {Config.MaxPositions} are served", planner.Shortage(OfferedSlots.Of(3, kv, Roomy), NoneTaken, "", ["p"]), StringComparison.Ordinal);
        while (Longest(1, 3, kv) < Config.MaxPositions)
            kv += 256;
        Assert.Equal(3, Place(planner, OfferedSlots.Of(3, kv, Roomy))!.Count);
    }

    [Fact]
    public void A_smaller_layout_stays_where_it_was_and_another_one_goes_beside_the_coordinator()
    {
        var planner = Planner(2, 2);
        var before = planner.PlaceSmaller(OfferedSlots.Of(3, Roomy, Roomy << 4), NoneTaken, [], "a1", null);
        Assert.Equal("a1", before![^1].Silo);

        Assert.Equal(before, planner.PlaceSmaller(OfferedSlots.Of(3, Roomy, Roomy << 4), NoneTaken, before, "a2", null));
        Assert.Equal("a2", planner.Place(OfferedSlots.Of(4, Roomy, Roomy << 4), NoneTaken, before, "a2", null)![2].Silo);
    }

    [Fact]
    public void Whatever_is_offered_a_layout_fits_into_slots_that_are_free_and_is_the_deployed_one_if_that_can_be() =>
        Gen.Select(
            Gen.Int[1, 4], Gen.Int[1, 4],
            Gen.Select(Gen.Int[0, 3], Gen.Long[1 << 10, 1 << 18], Gen.Long[0, 1 << 20]).Array[0, 8],
            Gen.Int[0, 5],
            (ranks, stages, silos, taken) => (Ranks: ranks, Stages: stages, Silos: silos, Taken: taken)).Sample(draw =>
            {
                var planner = Planner(draw.Ranks, draw.Stages);
                SlotAdvertisement[] offers = [.. draw.Silos.Select((silo, number) => OfferedSlots.One($"a{number}", silo.Item2, silo.Item3) with { Slots = silo.Item1 })];
                var all = SlotPlanner.Free(offers, NoneTaken).Select(place => (place.Offer.Silo, place.Slot)).ToList();
                var taken = all.Where((_, index) => draw.Taken > 0 && index % draw.Taken == 0).ToHashSet();
                var free = all.Count - taken.Count;

                var places = planner.Place(offers, taken, [], "a0", null);
                Assert.Equal(free >= planner.Shards, places is not null);
                if ((places ?? planner.PlaceSmaller(offers, taken, [], "a0", null)) is not { } chosen)
                    return;
                Assert.True(chosen.Count <= Math.Min(free, planner.Shards));
                Assert.Equal(chosen.Count, chosen.Select(place => (place.Silo, place.Slot)).Except(taken).Count());
                Assert.Equal(Enumerable.Range(0, chosen.Count), chosen.Select(place => (place.Stage * (chosen[^1].Rank + 1)) + place.Rank));
                if (places is not null)
                    return;
                var (chosenRanks, chosenStages) = (chosen[^1].Rank + 1, chosen[^1].Stage + 1);
                Assert.True(chosenRanks <= draw.Ranks);
                Assert.Equal(ShardPlan.Create(Config, draw.Ranks, draw.Stages).ReductionLayout, ShardPlan.Create(Config, chosenRanks, chosenStages).ReductionLayout);
                foreach (var slot in chosen.Select(place => offers.Single(offer => offer.Silo == place.Silo)))
                {
                    Assert.True(WeightBytes(chosenRanks, chosenStages) + slot.KvCacheBytes <= slot.MemoryBytes);
                    Assert.True(Longest(chosenRanks, chosenStages, slot.KvCacheBytes) >= Longest(draw.Ranks, draw.Stages, slot.KvCacheBytes));
                }
            },
            iter: 2000);

    private static LayoutPlanner Planner(int ranks, int stages) => new(Config, Deployed(ranks, stages));

    private static DeploymentOptions Deployed(int ranks, int stages) => new() { TensorParallel = ranks, PipelineParallel = stages, MaxSequences = 4, MaxBatchRows = 32 };

    private static IReadOnlyList<ShardPlace>? Place(LayoutPlanner planner, SlotAdvertisement[] offers) =>
        planner.Place(offers, NoneTaken, [], "a0", null) ?? planner.PlaceSmaller(offers, NoneTaken, [], "a0", null);

    private static long WeightBytes(int ranks, int stages) =>
        MemoryPlan.Create(ShardPlan.Create(Config, ranks, stages), WeightType.F32, KvType.F32).Shards.Max(shard => shard.WeightBytes);

    private static int Longest(int ranks, int stages, long kvBytes) => new SequenceFit(
        MemoryPlan.Largest(ShardPlan.Create(Config, ranks, stages), kvBytes, KvType.F32, maxSequences: 4, maxBatchRows: 32), Config.SlidingWindow, 32).LongestSequence(Config.MaxPositions);
}
