using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Tests.Placement;

/// <summary>Silos a0, a1, ... of one slot and one profile, p.</summary>
internal static class OfferedSlots
{
    public static SlotAdvertisement[] Of(int count, long kvBytes, long memoryBytes) => [.. Enumerable.Range(0, count).Select(number => One($"a{number}", kvBytes, memoryBytes))];

    public static SlotAdvertisement One(string silo, long kvBytes, long memoryBytes) => new()
    {
        Silo = silo,
        DataEndpoint = "127.0.0.1:1",
        Slots = 1,
        KvCacheBytes = kvBytes,
        MemoryBytes = memoryBytes,
        Profile = "p",
        Weights = WeightType.F32,
        KvCache = KvType.F32,
        ProcessId = 1,
    };
}
