using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Placement;
using Baichuan.Model;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Placement;

public sealed class ReplicaPlacesTests
{
    private static readonly ModelConfig Config = ModelConfig.Load(Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny"));
    private static readonly SlotAdvertisement[] Offers = OfferedSlots.Of(5, 1 << 20, 1 << 24);

    private readonly ReplicaPlaces _places = new(Config, new DeploymentOptions { TensorParallel = 2, PipelineParallel = 2, MaxSequences = 4, MaxBatchRows = 32 }, new FakeTimeProvider());

    [Fact]
    public void A_replica_that_waited_for_offers_goes_back_to_where_its_blocks_are()
    {
        var before = Choose(Offers)!.Reverse().Select((place, shard) => place with { Stage = shard / 2, Rank = shard % 2 }).ToArray();
        _places.Restore(0, before); // what a former activation stored

        Assert.Null(Choose(Offers[..3]));
        _places.OnWaiting(0);

        Assert.Equal(before.Select(place => place.Silo), Choose(Offers)!.Select(place => place.Silo));
    }

    private IReadOnlyList<ShardPlace>? Choose(SlotAdvertisement[] offers) => _places.Choose(0, ["p"], offers, [], coordinator: "").Places;
}
