using System.Collections.Concurrent;
using Baichuan.Compute.Local;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Local;

public sealed class LocalReplicaTests
{
    [Fact]
    public void What_keeps_one_shard_from_loading_is_thrown_and_the_others_are_given_back()
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
        var factory = new BrokenFactory(brokenShard: 1);

        Assert.Throws<InsufficientMemoryException>(() => new LocalReplica(factory, checkpoint, ShardPlan.Create(checkpoint.Config, 2, 2), Cpu.OneShard.Options, TimeSpan.FromSeconds(60)));

        Assert.Equal([0, 2, 3], factory.Disposed.Order());
    }

    [Fact]
    public void Every_shard_is_loaded_and_run_by_a_thread_of_its_own()
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
        var factory = new BrokenFactory(brokenShard: null);
        using (var replica = new LocalReplica(factory, checkpoint, ShardPlan.Create(checkpoint.Config, 2, 2), Cpu.OneShard.Options, TimeSpan.FromSeconds(60)))
            replica.Run(new StepBatchBuilder().Build(1, 0));

        var threads = factory.Calls.GroupBy(call => call.Shard).Select(calls => calls.Select(call => call.Thread).Distinct().Single()).ToArray();
        Assert.Equal(4, threads.Distinct().Count());
        Assert.Equal(8, factory.Calls.Count);
    }

    private sealed class BrokenFactory(int? brokenShard) : IShardExecutorFactory
    {
        public ConcurrentBag<int> Disposed { get; } = [];

        public ConcurrentBag<(int Shard, int Thread)> Calls { get; } = [];

        public string Name => "fake";

        public string KernelVersion => "fake";

        public IShardExecutor Load(ModelCheckpoint checkpoint, ShardPlan plan, Shard shard, ExecutorOptions options, CancellationToken cancellation)
        {
            Calls.Add((shard.Index, Environment.CurrentManagedThreadId));
            return shard.Index == brokenShard ? throw new InsufficientMemoryException("full") : new FakeExecutor(this, shard.Index);
        }
    }

    private sealed class FakeExecutor(BrokenFactory factory, int shard) : IShardExecutor
    {
        public void Reset()
        {
        }

        public StepResult Execute(StepBatch batch, IShardPeers peers)
        {
            factory.Calls.Add((shard, Environment.CurrentManagedThreadId));
            return StepResult.Create(batch.Epoch, batch.Step, TimeSpan.Zero, TimeSpan.Zero);
        }

        public void Dispose() => factory.Disposed.Add(shard);
    }
}
