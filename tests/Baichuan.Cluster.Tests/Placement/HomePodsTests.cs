using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Placement;

namespace Baichuan.Cluster.Tests.Placement;

public sealed class HomePodsTests
{
    [Theory]
    [InlineData(2, 1, new[] { 0, 0, 1, 1, 2 })] // a replica of two pods
    [InlineData(4, 2, new[] { 0, 0, 0, 0, 1, 1, 1, 1, 2, 2 })] // of two pods with two slots each
    [InlineData(1, 1, new[] { 0, 1, 2, 3, 4 })] // of one pod
    [InlineData(1, 2, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })] // two replicas in a pod
    public void Slots_of_pods_in_a_row_are_dealt_out_in_whole_replicas(int shards, int slots, int[] homes) =>
        Assert.Equal(homes, Enumerable.Range(0, 5).SelectMany(pod => Enumerable.Range(0, slots).Select(slot => new HomePods(shards, 9).Of(Pod(pod, slots), slot)!.Value)));

    [Theory]
    [InlineData("")]
    [InlineData("silo")]
    [InlineData("-1")]
    [InlineData("silo-x")]
    public void A_silo_without_a_number_is_nobodys(string name) => Assert.True(new HomePods(2, 2).Allow(1, Pod(0, 1) with { Name = name }, 0));

    [Fact]
    public void A_replica_stands_on_its_own_pods_whichever_come_first_and_on_those_that_are_left_over()
    {
        var homes = new HomePods(2, 2);
        Assert.Null(Place(1, 0, 1, 2));
        Assert.Equal(["ip2", "ip3"], Place(1, 0, 2, 3, 1)!);
        Assert.Equal(["ip2", "ip4"], Place(1, 0, 1, 2, 4)!); // pod 4 is a spare

        string[]? Place(int replica, params int[] pods) => SlotPlanner.Place(
            2, 1, [.. pods.Select(pod => Pod(pod, 1))], new HashSet<(string, int)>(), [], "ip0", (silo, slot) => homes.Allow(replica, silo, slot))?.Select(place => place.Silo).ToArray();
    }

    private static SlotAdvertisement Pod(int number, int slots) => new()
    {
        Silo = $"ip{number}",
        DataEndpoint = $"ip{number}:1",
        Slots = slots,
        KvCacheBytes = 1 << 20,
        Profile = "p",
        ProcessId = 1,
        Name = $"baichuan-silo-{number}",
    };
}
