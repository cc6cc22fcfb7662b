using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Grains;
using Baichuan.Cluster.Slots;
using Baichuan.Model.Execution;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Replica;

/// <summary>The model's grain itself, on a clock that the test moves, and shard grains over real slots: all that a coordinator talks to, in one process. A silo that dies closes its
/// channels and answers no more; what it offered stands until that runs out.</summary>
internal sealed class LiveGrains
{
    private readonly ConcurrentDictionary<string, LiveSilo> _silos = [];
    private readonly FakeTimeProvider _time = new();

    public LiveGrains(DeploymentOptions deployment, LiveSilo first)
    {
        Model = new ModelGrain(new Ledger(), Options.Create(deployment), first.Host, new NobodyLeft(), _time, NullLogger<ModelGrain>.Instance);
        Factory = DispatchProxy.Create<IGrainFactory, Lookup>();
        ((Lookup)(object)Factory).Grains = this;
    }

    /// <summary>The steps of the replica, as its first shard got them.</summary>
    public ConcurrentQueue<StepBatch> Batches { get; } = [];

    public ModelGrain Model { get; }

    public IGrainFactory Factory { get; }

    public void Join(params LiveSilo[] silos)
    {
        foreach (var silo in silos)
            _silos.TryAdd(silo.Address, silo);
        Offer();
    }

    public void Kill(string address)
    {
        Assert.True(_silos.TryRemove(address, out var silo));
        silo.Dispose();
    }

    /// <summary>Time passes for the model's grain, and silos repeat their offers.</summary>
    public void Pass(TimeSpan time)
    {
        for (; time > TimeSpan.Zero; time -= TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Offer();
        }
    }

    private void Offer()
    {
        foreach (var silo in _silos.Values)
            Model.Advertise(silo.Offer);
    }

    private SlotHost? HostOf(ShardKey key) => _silos.GetValueOrDefault(key.Silo)?.Host;

    private sealed class Shard(LiveGrains grains, ShardKey key) : IShardGrain
    {
        private SlotHost Host => grains.HostOf(key) ?? throw new InvalidOperationException($"{key.Silo} is gone.");

        public async Task<ShardStatus> Attach(AttachOrder order)
        {
            await Task.Yield();
            return Host.Attach(key, order);
        }

        public async Task<byte[]> Recall()
        {
            await Task.Yield();
            return MemoryMarshal.AsBytes(Host.Recall(key).AsSpan()).ToArray();
        }

        public async Task<StepReply> Step(StepOrder order)
        {
            await Task.Yield();
            if (key.Shard == 0)
            {
                foreach (var frame in order.Frames)
                    grains.Batches.Enqueue(StepBatch.Parse(frame));
            }

            return await new HostedShard(Host, key, TimeProvider.System).Step(order);
        }

        public async Task<ShardStatus> Watch(TimeSpan most)
        {
            await Task.Yield();
            return await Host.WatchAsync(key, most);
        }

        public async Task Detach()
        {
            await Task.Yield();
            Host.Detach(key, "The epoch was ended.");
        }

        public Task<RehearsedAnswers> Rehearse(AttachOrder attach, StepOrder step) => throw new NotSupportedException();
    }

    public class Lookup : DispatchProxy
    {
        internal LiveGrains Grains { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.ReturnType == typeof(IModelGrain) ? Grains.Model : new Shard(Grains, ShardKey.Parse((string)args![0]!));
    }

    private sealed class Ledger : IPersistentState<EpochLedger>
    {
        public EpochLedger State { get; set; } = new();

        public string Etag => "";

        public bool RecordExists => true;

        public Task ClearStateAsync() => throw new NotSupportedException();

        public Task ReadStateAsync() => throw new NotSupportedException();

        public Task WriteStateAsync() => Task.CompletedTask;
    }

    /// <summary>Membership, before it has noticed anything.</summary>
    private sealed class NobodyLeft : IClusterMembershipService
    {
        public ClusterMembershipSnapshot CurrentSnapshot { get; } = new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, new MembershipVersion(1));

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
    }
}
