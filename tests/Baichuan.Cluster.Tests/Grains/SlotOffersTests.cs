using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Grains;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Grains;

public sealed class SlotOffersTests
{
    private const string Silo = "127.0.0.1:1@1";

    private readonly FakeTimeProvider _time = new();
    private readonly SlotOffers _offers;

    public SlotOffersTests() => _offers = new SlotOffers(_time);

    [Fact]
    public void A_silo_computes_beside_control_when_it_has_slots_and_another_has_none()
    {
        _offers.Put(Offer(1, "shape", "profile"));
        Assert.False(_offers.ComputesBesideControl(Silo));

        var control = Offer(2, "shape", "profile") with { Slots = 0 };
        _offers.Put(control);
        Assert.True(_offers.ComputesBesideControl(Silo));
        Assert.False(_offers.ComputesBesideControl(control.Silo));
        Assert.False(_offers.ComputesBesideControl("127.0.0.1:3@3"));

        _offers.Withdraw(control.Silo);
        Assert.False(_offers.ComputesBesideControl(Silo));
    }

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

    [Fact]
    public void An_offer_is_settled_when_it_has_stood_for_a_while()
    {
        Stand(SlotOffers.SettlingTime - TimeSpan.FromSeconds(1));
        Assert.False(_offers.IsSettled(Silo));
        Stand(TimeSpan.FromSeconds(1));
        Assert.True(_offers.IsSettled(Silo));
        Assert.False(_offers.IsSettled("127.0.0.1:2@1"));
    }

    [Fact]
    public void One_that_ran_out_or_was_withdrawn_begins_anew()
    {
        Stand(SlotOffers.SettlingTime);
        _time.Advance(SlotOffers.Lifetime + TimeSpan.FromSeconds(1));
        Stand(TimeSpan.FromSeconds(1));
        Assert.False(_offers.IsSettled(Silo));

        Stand(SlotOffers.SettlingTime);
        _offers.Withdraw(Silo);
        Stand(TimeSpan.Zero); // a last one was on its way
        Assert.False(_offers.IsSettled(Silo));
    }

    [Fact]
    public void Each_failure_of_a_settled_silo_doubles_the_time()
    {
        var expected = SlotOffers.SettlingTime;
        for (var failure = 0; failure < 4; failure++)
        {
            Stand(expected - TimeSpan.FromSeconds(1));
            Assert.False(_offers.IsSettled(Silo));
            Stand(TimeSpan.FromSeconds(1));
            Assert.True(_offers.IsSettled(Silo));

            _offers.Doubt(Silo);
            _offers.Doubt(Silo); // it is said with every epoch that is asked for meanwhile
            expected *= 2;
        }
    }

    private void Stand(TimeSpan time)
    {
        for (var left = time; ; left -= TimeSpan.FromSeconds(1))
        {
            _offers.Put(new SlotAdvertisement { Silo = Silo, DataEndpoint = "127.0.0.1:1", Slots = 1, KvCacheBytes = 1, Profile = "p", ProcessId = 1 });
            if (left <= TimeSpan.Zero)
                return;
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private IEnumerable<string> Standing() => _offers.Current().Select(offer => offer.Profile);

    private static SlotAdvertisement Offer(int started, string shape, string profile) =>
        new() { Silo = $"127.0.0.1:1@{started}", DataEndpoint = "127.0.0.1:2", Slots = 1, KvCacheBytes = 1, Profile = profile, ProcessId = 1, Shape = shape };
}
