using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Placement;
using Baichuan.Cluster.Slots;
using Baichuan.Model.Execution;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Baichuan.Cluster.Grains;

/// <summary>Speaks for a shard; the shard itself sits in the silo's <see cref="SlotHost"/>. Interleaves, so that the end of an epoch can be announced
/// while a step runs.</summary>
[SlotPlacement, GrainDirectory(GrainDirectoryName = SlotDirectory.Name), Reentrant]
internal sealed class ShardGrain(SlotHost host, TimeProvider time) : Grain, IShardGrain
{
    private ShardKey Key => ShardKey.Parse(this.GetPrimaryKeyString());

    public Task<ShardStatus> Attach(AttachOrder order) => Task.FromResult(host.Attach(Key, order));

    public Task<byte[]> Recall() => Task.FromResult(MemoryMarshal.AsBytes(host.Recall(Key).AsSpan()).ToArray());

    public async Task<StepReply> Step(StepOrder order)
    {
        var arrived = time.GetTimestamp();
        var result = await host.StepAsync(Key, StepBatch.Parse(order.Frame), order.Follows, order.Allowed);
        return new StepReply(result.Frame, time.GetElapsedTime(arrived));
    }

    public Task<ShardStatus> Watch(TimeSpan most) => host.WatchAsync(Key, most);

    public Task Detach()
    {
        host.Detach(Key, $"Epoch {Key.Epoch} was ended by its replica.");
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<RehearsedAnswers> Rehearse(AttachOrder attach, StepOrder step) =>
        Task.FromResult(new RehearsedAnswers(new ShardStatus { Phase = ShardPhase.Failed, Failure = "" }, new StepReply(step.Frame, TimeSpan.Zero)));
}
