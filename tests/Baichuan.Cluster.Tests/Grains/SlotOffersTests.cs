using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Grains;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Grains;

public sealed class SlotOffersTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SlotOffers _offers;

    public SlotOffersTests() => _offers = new SlotOffers(_time);

    [Fact]
    public void Weights_of_another_profile_stand_beside_those_of_before()
    {
        _offers.Put(Offer(1, "shape", "old"));
        _offers.Put(Offer(2, "shape", "new"));

        Assert.Equal(["old", "new"], Standing());
    }

    [Fact]
    public void A_silo_that_comes_with_another_model_is_not_among_the_offers()
    {
        _offers.Put(Offer(1, "shape", "right"));
        _offers.Put(Offer(2, "other", "wrong"));

        Assert.Equal(["right"], Standing());
    }

    [Fact]
    public void Whichever_of_them_a_new_activation_hears_first()
    {
        _offers.Put(Offer(2, "other", "wrong"));
        _offers.Put(Offer(1, "shape", "right"));
        _offers.Put(Offer(2, "other", "wrong"));

        Assert.Equal(["right"], Standing());
    }

    [Fact]
    public void Another_model_has_its_place_when_the_silos_of_the_one_before_are_gone()
    {
        _offers.Put(Offer(1, "shape", "before"));
        _time.Advance(SlotOffers.Lifetime + TimeSpan.FromSeconds(1));
        _offers.Put(Offer(2, "other", "after"));

        Assert.Equal(["after"], Standing());
    }

    private IEnumerable<string> Standing() => _offers.Current().Select(offer => offer.Profile);

    private static SlotAdvertisement Offer(int started, string shape, string profile) =>
        new() { Silo = $"127.0.0.1:1@{started}", DataEndpoint = "127.0.0.1:2", Slots = 1, KvCacheBytes = 1, Profile = profile, ProcessId = 1, Shape = shape };
}
