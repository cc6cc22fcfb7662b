using Baichuan.Cluster.Slots;
using Baichuan.Compute;
using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Tests.Slots;

public sealed class RehearsalTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public void Every_shard_of_a_cut_can_rehearse_alone(int tensorParallel, int pipelineParallel)
    {
        using var checkpoint = ModelCheckpoint.Open(Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny"));
        var plan = ShardPlan.Create(checkpoint.Config, tensorParallel, pipelineParallel);
        var options = new ExecutorOptions { Weights = WeightType.F32, KvCache = KvType.F32, Blocks = new KvBlockCounts(2, 2), MaxSequences = 1, MaxBatchRows = 20, MaxContext = 40, KvCopies = tensorParallel % 2 == 0 };
        foreach (var shard in plan.Shards)
        {
            using var executor = new CpuExecutorFactory(new ComputePool(1)).Load(checkpoint, plan, shard, options, TestContext.Current.CancellationToken);

            Rehearsal.Run(executor, shard.Index, options);

            executor.Reset();
            Rehearsal.Run(executor, shard.Index, options);
        }
    }
}
