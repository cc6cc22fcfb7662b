using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

public sealed class CpuExecutorTests
{
    [Fact]
    public void A_step_allocates_its_result_frame_and_nothing_else()
    {
        using var shard = new OneShard();
        shard.Batch.Admit(0, 3, 40, SamplingSettings.Greedy with { Temperature = 1, TopP = 0.9f, TopLogprobs = 2 }, [5, 6, 7], [2]);
        for (var i = 0; i < 2; i++)
        {
            shard.Batch.Change(0, LayerKind.Global, i, i);
            shard.Batch.Change(0, LayerKind.Sliding, i, i);
        }

        shard.Batch.Add(0, 0, 3, ChunkFlags.Sample, []);
        shard.Run();
        var (before, frames) = (0L, 0L);
        for (var position = 3; position < 30; position++)
        {
            shard.Batch.Add(0, position, 1, ChunkFlags.Sample, [8]);
            var batch = shard.Build();
            var start = GC.GetAllocatedBytesForCurrentThread();
            var result = shard.Run(batch);
            // A few steps warm up. The frame is an array and the object around it.
            if (position < 10)
                continue;
            before += GC.GetAllocatedBytesForCurrentThread() - start;
            frames += result.Frame.Length + 24 + 40;
        }

        Assert.InRange(before, 1, frames);
    }

    [Fact]
    public void A_step_without_rows_takes_orders_and_answers_with_nothing()
    {
        using var shard = new OneShard();
        shard.Batch.Admit(1, 1, 40, SamplingSettings.Greedy, [5], []);
        var result = shard.Run();
        Assert.Equal(0ul, result.Step);
        Assert.Equal(0, result.Sampled.Length);
        shard.Batch.Release(1);
        Assert.Equal(1ul, shard.Run().Step);
    }

    [Fact]
    public void A_released_number_starts_anew()
    {
        using var shard = new OneShard();
        var first = Sample(shard);
        shard.Batch.Release(0);
        Assert.Equal(first, Sample(shard));
    }

    [Fact]
    public void Loading_stops_when_it_is_cancelled()
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
        using var pool = new ComputePool(2);
        var plan = ShardPlan.Create(checkpoint.Config, 1, 1);
        Assert.Throws<OperationCanceledException>(() =>
            new CpuExecutorFactory(pool).Load(checkpoint, plan, plan.Shards[0], OneShard.Options, new CancellationToken(true)));
    }

    [Fact]
    public void A_device_that_is_not_the_cpu_is_refused()
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
        using var pool = new ComputePool(1);
        var plan = ShardPlan.Create(checkpoint.Config, 1, 1);
        var refusal = Assert.Throws<ArgumentException>(() =>
            new CpuExecutorFactory(pool).Load(checkpoint, plan, plan.Shards[0], OneShard.Options with { Device = "cuda:0" }, CancellationToken.None));
        Assert.Contains("not on \"cuda:0\"", refusal.Message);
    }

    [Fact]
    public void A_rank_holds_its_share_of_the_weights()
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("geometry14b"));
        using var pool = new ComputePool(1);
        var options = OneShard.Options with { Weights = WeightType.BF16, Blocks = new KvBlockCounts(0, 0), MaxSequences = 1, MaxBatchRows = 1, MaxContext = 16 };
        var bytes = Enumerable.Range(1, 4).Where(t => t != 3).Select(tensorParallel =>
        {
            var plan = ShardPlan.Create(checkpoint.Config, tensorParallel, 1);
            return plan.Shards.Sum(shard =>
            {
                using var executor = (CpuExecutor)new CpuExecutorFactory(pool).Load(checkpoint, plan, shard, options, CancellationToken.None);
                return executor.NativeBytes;
            });
        }).ToList();

        // What every rank has of its own: norms, buffers, replicated KV heads.
        Assert.All(bytes, b => Assert.InRange(b, bytes[0], bytes[0] * 1.3));
    }

    private static SampledToken Sample(OneShard shard)
    {
        shard.Batch.Admit(0, 5, 40, SamplingSettings.Greedy with { Temperature = 1, Seed = 5 }, [5, 6, 7, 8, 9], []);
        shard.Batch.Change(0, LayerKind.Global, 0, 2);
        shard.Batch.Change(0, LayerKind.Sliding, 0, 0);
        shard.Batch.Add(0, 0, 5, ChunkFlags.Sample, []);
        return shard.Run().Sampled[0];
    }
}
