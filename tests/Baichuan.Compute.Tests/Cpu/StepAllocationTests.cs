using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Tests.Cpu;

public sealed class StepAllocationTests
{
    private const int Steps = 1_000;
    private const int Windows = 2;
    private const int MaxContext = 500;

    // The headers of a byte array and of the view on it.
    private const int AnswerOverhead = 64;

    [Theory]
    [InlineData(WeightType.F32, KvType.F32)]
    [InlineData(WeightType.BF16, KvType.BF16)]
    [InlineData(WeightType.INT8, KvType.F32)]
    [InlineData(WeightType.INT4, KvType.BF16)]
    public void A_decode_step_allocates_its_answer_and_nothing_else(WeightType weights, KvType kvCache)
    {
        var blocks = KvBlockCounts.For(MaxContext);
        using var shard = new OneShard(OneShard.Options with { Weights = weights, KvCache = kvCache, Blocks = new KvBlockCounts(blocks, blocks), MaxContext = MaxContext });
        var (allocated, answers) = (1L, 0L);
        var token = 7;
        // The first window makes what is made once.
        for (var window = 0; window < Windows && allocated > answers; window++)
        {
            (allocated, answers) = (0, 0);
            for (var step = 0; step < Steps; step++)
            {
                var position = step % MaxContext;
                if (position == 0)
                    Begin(shard, isFirst: window == 0 && step == 0, blocks);
                shard.Batch.Add(0, position, 1, ChunkFlags.Sample, [token]);
                var batch = shard.Build();

                var before = GC.GetAllocatedBytesForCurrentThread();
                var result = shard.Run(batch);
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;

                answers += result.Frame.Length + AnswerOverhead;
                token = result.Sampled[0].Token;
            }
        }

        Assert.InRange(allocated, 1, answers);
    }

    private static void Begin(OneShard shard, bool isFirst, int blocks)
    {
        if (!isFirst)
            shard.Batch.Release(0);
        shard.Batch.Admit(0, 0, MaxContext, SamplingSettings.Greedy, [], []);
        foreach (var kind in Enum.GetValues<LayerKind>())
        {
            for (var block = 0; block < blocks; block++)
                shard.Batch.Change(0, kind, block, block);
        }
    }
}
