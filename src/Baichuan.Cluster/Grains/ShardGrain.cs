using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Placement;
using Baichuan.Cluster.Slots;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Baichuan.Cluster.Grains;

/// <summary>Speaks for a shard; the shard itself sits in the silo's <see cref="SlotHost"/>. Interleaves, so that the end of an epoch can be announced
/// while a step runs.</summary>
[SlotPlacement, GrainDirectory(GrainDirectoryName = SlotDirectory.Name), Reentrant]
internal sealed class ShardGrain(SlotHost host, TimeProvider time) : Grain, IShardGrain
{
    private HostedShard Shard => field ??= new HostedShard(host, ShardKey.Parse(this.GetPrimaryKeyString()), time);

    public Task<ShardStatus> Attach(AttachOrder order) => Shard.Attach(order);

    public Task<byte[]> Recall() => Shard.Recall();

    public Task<StepReply> Step(StepOrder order) => Shard.Step(order);

    public Task<ShardStatus> Watch(TimeSpan most) => Shard.Watch(most);

    public Task Detach()
    {
        DeactivateOnIdle();
        return Shard.Detach();
    }

    public Task<RehearsedAnswers> Rehearse(AttachOrder attach, StepOrder step) => Shard.Rehearse(attach, step);
}
