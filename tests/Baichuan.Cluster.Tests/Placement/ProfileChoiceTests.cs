using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Placement;
using CsCheck;

namespace Baichuan.Cluster.Tests.Placement;

public sealed class ProfileChoiceTests
{
    [Theory]
    [InlineData("a1 b2", "", "", "b a")] // the silo that started last shows the way
    [InlineData("b1 b3 a2", "", "", "b a")]
    [InlineData("a1 b2", "", "a", "a b")] // a replica stays what it was
    [InlineData("b2 c3", "", "a", "c b")] // unless nobody offers that any more
    [InlineData("a1 b2", "a", "a", "a")] // streams have begun on it
    [InlineData("b2 c3", "a", "a", "a")] // and wait for it
    [InlineData("", "", "a", "")]
    [InlineData("b1 a1", "", "", "a b")] // the order of offers is no reason
    public void A_replica_keeps_its_profile_or_goes_with_the_newest(string offers, string needed, string last, string order) =>
        Assert.Equal(order, string.Join(' ', ProfileChoice.Order(offers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(offer => Offer(offer[..1], offer[1] - '0')), needed, last)));

    [Fact]
    public void Every_profile_that_is_offered_has_one_place_whatever_the_order_of_offers() =>
        Gen.Select(Gen.Select(Gen.Int[0, 3], Gen.Int[0, 9]).Array[0, 12], Gen.Int[-1, 3], Gen.Int[0, 1000]).Sample((drawn, lastDrawn, seed) =>
        {
            SlotAdvertisement[] offers = [.. drawn.Select(offer => Offer($"p{offer.Item1}", offer.Item2))];
            var last = lastDrawn < 0 ? "" : $"p{lastDrawn}";
            var order = ProfileChoice.Order(offers, "", last);
            var shuffled = offers.ToArray();
            new Random(seed).Shuffle(shuffled);

            int Newest(string profile) => drawn.Where(offer => $"p{offer.Item1}" == profile).Max(offer => offer.Item2);
            Assert.Equal(offers.Select(offer => offer.Profile).Distinct().Order(), order.Order());
            Assert.Equal(order, ProfileChoice.Order(shuffled, "", last));
            Assert.True(!order.Contains(last) || order[0] == last);
            var others = order.Where(profile => profile != last).Select(Newest).ToList();
            Assert.Equal(others.OrderDescending(), others);
        });

    private static SlotAdvertisement Offer(string profile, int started) =>
        new() { Silo = $"127.0.0.1:1@{started}", DataEndpoint = "127.0.0.1:2", Slots = 1, KvCacheBytes = 1, Profile = profile, ProcessId = 1 };
}
