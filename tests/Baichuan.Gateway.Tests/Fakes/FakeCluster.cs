using System.Collections.Concurrent;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Gateway.Replicas;

namespace Baichuan.Gateway.Tests.Fakes;

/// <summary>A cluster of fake replicas, all of them ready unless a test says otherwise.</summary>
internal sealed class FakeCluster : IClusterGrains, IModelGrain
{
    private readonly FakeReplica[] _replicas;
    private volatile ClusterTopology _topology;

    public FakeCluster(params FakeReplica[] replicas)
    {
        _replicas = replicas;
        _topology = Describe(Enumerable.Repeat(ReplicaState.Ready, replicas.Length));
    }

    public IModelGrain Model => this;

    public IReplicaGrain Replica(int index) => _replicas[index];

    /// <summary>Every session that was asked for, by its whole key.</summary>
    public ConcurrentDictionary<SessionKey, FakeSession> Sessions { get; } = new();

    /// <summary>Why none can be created; null: they can.</summary>
    public string? RefuseSessions { get; set; }

    public ISessionGrain Session(SessionKey key) => Sessions.GetOrAdd(key, _ => new FakeSession { Refusal = RefuseSessions });

    /// <summary>Replicas from this one on have their shards on a silo that leaves.</summary>
    public int LeavingFrom { get; set; } = int.MaxValue;

    public void SetStates(params IEnumerable<ReplicaState> states) => _topology = Describe(states);

    /// <summary>Nobody answers for the model.</summary>
    public bool IsSilent { get; set; }

    public Task<ClusterTopology> GetTopology() => IsSilent ? Task.FromException<ClusterTopology>(new TimeoutException()) : Task.FromResult(_topology);

    public Task<IReadOnlyList<SlotAdvertisement>> Advertise(SlotAdvertisement advertisement) => throw new NotSupportedException();

    public Task<bool> Withdraw(string silo) => throw new NotSupportedException();

    public Task Report(ReplicaStatus status) => throw new NotSupportedException();

    public Task<EpochGrant> OpenEpoch(int replica, ulong after, IReadOnlyList<string> avoid, string coordinator, string needed) => throw new NotSupportedException();

    private ClusterTopology Describe(IEnumerable<ReplicaState> states) => new()
    {
        Model = "demo",
        Profile = "profile-1",
        TensorParallel = 1,
        PipelineParallel = 1,
        MaxContext = TestModel.Context,
        Silos = [new SlotAdvertisement { Silo = "silo-1", DataEndpoint = "[::1]:1", Slots = 1, KvCacheBytes = 9, Profile = "profile-1", ProcessId = 11 }],
        Replicas = [.. states.Select((state, index) => new ReplicaStatus
        {
            Index = index,
            State = state,
            Epoch = 1,
            Shards = [new ShardPlace { Stage = 0, Rank = 0, Silo = index < LeavingFrom ? "silo-1" : "silo-2", Slot = 0, DataEndpoint = "127.0.0.1:1", ProcessId = 11, KvCacheBytes = 1000 }],
            Waiting = 1,
            Running = 2,
            GlobalBlocksUsed = 3,
            GlobalBlocks = 4,
            SlidingBlocksUsed = 5,
            SlidingBlocks = 6,
            Profile = _replicas[index].Profile,
        })],
    };
}
