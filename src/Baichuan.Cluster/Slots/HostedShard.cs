using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Slots;

/// <summary>A shard on this silo: what its grain does, and what a coordinator on the same silo calls without the grain, which would cost each step three more turns of other threads.</summary>
internal sealed class HostedShard(SlotHost host, ShardKey key, TimeProvider time) : IShardGrain
{
    public Task<ShardStatus> Attach(AttachOrder order) => Task.FromResult(host.Attach(key, order));

    public Task<byte[]> Recall() => Task.FromResult(MemoryMarshal.AsBytes(host.Recall(key).AsSpan()).ToArray());

    public async Task<StepReply> Step(StepOrder order)
    {
        var arrived = time.GetTimestamp();
        var steps = new Task<StepResult>[order.Frames.Length];
        for (var i = 0; i < steps.Length; i++)
            steps[i] = host.StepAsync(key, StepBatch.Parse(order.Frames[i]), order.Follows || i > 0, order.Allowed);
        await steps[^1]; // the others are over then, and none of them wakes anybody
        return new StepReply([.. steps.Select(step => step.Result.Frame)], time.GetElapsedTime(arrived));
    }

    public Task<ShardStatus> Watch(TimeSpan most) => host.WatchAsync(key, most);

    public Task Detach()
    {
        host.Detach(key, $"Epoch {key.Epoch} was ended by its replica.");
        return Task.CompletedTask;
    }

    public Task<RehearsedAnswers> Rehearse(AttachOrder attach, StepOrder step) =>
        Task.FromResult(new RehearsedAnswers(new ShardStatus { Phase = ShardPhase.Failed, Failure = "" }, new StepReply(step.Frames, TimeSpan.Zero)));
}
