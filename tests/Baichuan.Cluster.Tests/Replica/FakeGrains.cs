using System.Reflection;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Tests.Replica;

/// <summary>The grains that a coordinator of one shard talks to: a model grain that grants epochs while it has slots, and a shard whose steps the test decides.</summary>
internal sealed class FakeGrains : IModelGrain, IShardGrain
{
    private ulong _epoch;

    /// <summary>What a step does; the default draws token 7 for every sequence.</summary>
    public Func<StepBatch, StepResult> Run { get; set; } = Sample;

    /// <summary>Of each order, whether it was said to follow on the one before.</summary>
    public List<bool> Follows { get; } = [];

    /// <summary>Of each order, how many steps it has.</summary>
    public List<int> Steps { get; } = [];

    /// <summary>What an order waits for before it runs.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    /// <summary>Whether the shard says that it has heard of an epoch's end.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>The silos that the last epoch was to do without.</summary>
    public IReadOnlyList<string> Avoided { get; private set; } = [];

    /// <summary>Whether the next epoch finds a slot.</summary>
    public bool HasSlots { get; set; } = true;

    /// <summary>What the slots of the next epoch compute.</summary>
    public string Profile { get; set; } = "p";

    /// <summary>The profile that the last epoch had to have.</summary>
    public string Needed { get; private set; } = "";

    /// <summary>A grain factory that knows these two.</summary>
    public IGrainFactory Factory()
    {
        var factory = DispatchProxy.Create<IGrainFactory, Lookup>();
        ((Lookup)(object)factory).Grains = this;
        return factory;
    }

    public static StepResult Sample(StepBatch batch)
    {
        var sampled = batch.Chunks.ToArray().Where(chunk => chunk.Flags.HasFlag(ChunkFlags.Sample))
            .Select(chunk => new SampledToken { Sequence = chunk.Sequence, Position = chunk.Start + chunk.Count, Token = 7 }).ToArray();
        return StepResult.Create(batch.Epoch, batch.Step, TimeSpan.Zero, TimeSpan.Zero, sampled);
    }

    public Task<EpochGrant> OpenEpoch(int replica, ulong after, IReadOnlyList<string> avoid, string coordinator, string needed)
    {
        (Avoided, Needed) = (avoid, needed);
        ShardPlace place = new() { Stage = 0, Rank = 0, Silo = "silo", Slot = 0, DataEndpoint = "127.0.0.1:1", ProcessId = 1, KvCacheBytes = 64 << 20 };
        return Task.FromResult(HasSlots && (needed.Length == 0 || needed == Profile)
            ? new EpochGrant { Epoch = ++_epoch, Secret = new byte[32], Places = [place], Profile = Profile }
            : new EpochGrant { Epoch = 0, Secret = [], Places = [], Shortage = "1 slot is needed, 0 are free." });
    }

    public Task<ShardStatus> Attach(AttachOrder order) => Task.FromResult(new ShardStatus { Phase = ShardPhase.Ready });

    public Task<byte[]> Recall() => Task.FromResult<byte[]>([]);

    public async Task<StepReply> Step(StepOrder order)
    {
        Follows.Add(order.Follows);
        Steps.Add(order.Frames.Length);
        await Task.Yield();
        await Before();
        return new StepReply([.. order.Frames.Select(frame => Run(StepBatch.Parse(frame)).Frame)], TimeSpan.Zero);
    }

    public Task<ShardStatus> Watch(TimeSpan most) => throw new NotSupportedException();

    public Task Detach() => Answers ? Task.CompletedTask : new TaskCompletionSource().Task;

    public Task<RehearsedAnswers> Rehearse(AttachOrder attach, StepOrder step) => throw new NotSupportedException();

    public Task<IReadOnlyList<SlotAdvertisement>> Advertise(SlotAdvertisement advertisement) => throw new NotSupportedException();

    public Task<bool> Withdraw(string silo) => throw new NotSupportedException();

    public Task<ClusterTopology> GetTopology() => throw new NotSupportedException();

    public class Lookup : DispatchProxy
    {
        internal FakeGrains Grains { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.ReturnType.IsInstanceOfType(Grains) ? Grains : throw new NotSupportedException(targetMethod.Name);
    }
}
