using Baichuan.Model;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

public sealed class SlidingWindowTests
{
    private const int Context = 32768;
    private const int Rows = 512;

    private static readonly ModelConfig Model = ModelConfig.Load(Path.Combine(AppContext.BaseDirectory, "data", "configs", "baichuan-m1-14b"));

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(40)]
    public void A_block_is_given_back_when_the_next_position_no_longer_sees_its_last_and_not_before(int window)
    {
        var replica = new ToyReplica(Requests.Roomy with { SlidingWindow = window, MaxBatchRows = 1 });
        replica.Enqueue(Requests.Of("a", 50, 100));
        for (var t = 0; t < 149; t++)
        {
            Assert.Equal(t, replica.MustPlan().Chunks[0].Start);
            var firstSeen = Math.Max(0, t - window + 1);
            Assert.Equal(new KvBlockCounts((t / 16) + 1, (t / 16) - (firstSeen / 16) + 1), replica.Counters.BlocksUsed);
            replica.Complete();
        }

        Assert.Empty(replica.Live);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void At_32768_tokens_the_14B_never_holds_more_of_sliding_layers_than_the_window_and_a_chunk(int stages)
    {
        // 8,191 positions before a chunk of 512, at the worst place: 545 blocks.
        const int mostSliding = (8191 + Rows + 15 + 15) / 16;
        var replica = new ToyReplica(Requests.Roomy with
        {
            Blocks = new KvBlockCounts(Context / 16, mostSliding),
            SlidingWindow = Model.SlidingWindow,
            MaxContext = Context,
            MaxBatchRows = Rows,
            BatchesInFlight = stages,
        });
        Assert.Equal(Context, replica.Scheduler.LongestSequence);
        var sequence = replica.Enqueue(Requests.Of("a", Context - 200, 200));

        var most = 0;
        while (replica.Live.Count > 0)
        {
            while (replica.Plan() is not null)
            {
                var held = replica.Counters.BlocksUsed.Sliding;
                most = Math.Max(most, held);
                if (sequence.CompletionTokens > 1)
                    Assert.InRange(held, 512, 513);
            }

            replica.Complete();
        }

        Assert.InRange(most, 500, mostSliding);
        Assert.Equal(default, replica.Counters.BlocksUsed);
        Assert.Equal(1.9, GiB(Context / 16, LayerKind.Global) + GiB(mostSliding, LayerKind.Sliding), 0.05);
    }

    /// <summary>Keys and values of all layers of a kind, in bf16.</summary>
    private static double GiB(long blocks, LayerKind kind)
    {
        var geometry = Model.Attention(kind);
        var layers = Model.CountLayers(new IndexRange(0, Model.LayerCount), kind);
        return blocks * KvBlockCounts.BlockPositions * layers * geometry.KvHeads * geometry.HeadDim * 2L * 2L / (double)(1 << 30);
    }
}
