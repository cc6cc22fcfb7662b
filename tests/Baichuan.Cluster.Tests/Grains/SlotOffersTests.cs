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
    public void An_offer_is_settled_when_it_has_stood_for_a_while()
    {
        Offer(SlotOffers.SettlingTime - TimeSpan.FromSeconds(1));
        Assert.False(_offers.IsSettled("a"));
        Offer(TimeSpan.FromSeconds(1));
        Assert.True(_offers.IsSettled("a"));
        Assert.False(_offers.IsSettled("b"));
    }

    [Fact]
    public void One_that_ran_out_or_was_withdrawn_begins_anew()
    {
        Offer(SlotOffers.SettlingTime);
        _time.Advance(SlotOffers.Lifetime + TimeSpan.FromSeconds(1));
        Offer(TimeSpan.FromSeconds(1));
        Assert.False(_offers.IsSettled("a"));

        Offer(SlotOffers.SettlingTime);
        _offers.Withdraw("a");
        Offer(TimeSpan.Zero); // a last one was on its way
        Assert.False(_offers.IsSettled("a"));
    }

    [Fact]
    public void Each_failure_of_a_settled_silo_doubles_the_time()
    {
        var expected = SlotOffers.SettlingTime;
        for (var failure = 0; failure < 4; failure++)
        {
            Offer(expected - TimeSpan.FromSeconds(1));
            Assert.False(_offers.IsSettled("a"));
            Offer(TimeSpan.FromSeconds(1));
            Assert.True(_offers.IsSettled("a"));

            _offers.Doubt("a");
            _offers.Doubt("a"); // it is said with every epoch that is asked for meanwhile
            expected *= 2;
        }
    }

    private void Offer(TimeSpan time)
    {
        for (var left = time; ; left -= TimeSpan.FromSeconds(1))
        {
            _offers.Put(new SlotAdvertisement { Silo = "a", DataEndpoint = "127.0.0.1:1", Slots = 1, KvCacheBytes = 1, Profile = "p", ProcessId = 1 });
            if (left <= TimeSpan.Zero)
                return;
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
