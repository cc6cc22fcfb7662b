using Baichuan.V1;

namespace Baichuan.Cli.Tests.Fakes;

internal static class Topologies
{
    public const string Profile = "0123456789abcdef";

    /// <summary>Two stages of two ranks on four silos, and a spare silo of another profile.</summary>
    public static GetTopologyResponse TwoByTwo() => new()
    {
        Model = "demo",
        ProfileId = Profile,
        TensorParallel = 2,
        PipelineParallel = 2,
        ContextLength = 2048,
        Silos = { Enumerable.Range(0, 4).Select(number => Silo(number, Profile)), Silo(4, "fedcba9876543210") },
        Replicas =
        {
            new Replica
            {
                Index = 0,
                State = ReplicaState.Ready,
                Epoch = 3,
                ProfileId = Profile,
                Running = 1,
                Waiting = 2,
                GlobalBlocks = new BlockPool { Used = 1024, Total = 4096 },
                SlidingBlocks = new BlockPool { Used = 8, Total = 512 },
                Shards = { Enumerable.Range(0, 4).Select(Shard) },
            },
        },
    };

    private static Silo Silo(int number, string profile) => new()
    {
        Address = Address(number),
        DataEndpoint = $"127.0.0.1:{43001 + number}",
        ProcessId = 1000 + number,
        Slots = 1,
        KvCacheBytesPerSlot = 256 << 20,
        ProfileId = profile,
    };

    private static Shard Shard(int index) => new() { Stage = index / 2, Rank = index % 2, Silo = Address(index), Slot = 0, ProcessId = 1000 + index };

    private static string Address(int number) => $"127.0.0.1:{42001 + number}@123456789";
}
