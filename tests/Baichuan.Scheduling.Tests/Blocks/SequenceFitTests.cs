using Baichuan.Model.Plan;
using Baichuan.Scheduling.Blocks;

namespace Baichuan.Scheduling.Tests.Blocks;

public sealed class SequenceFitTests
{
    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(17, 1, 1)] // the 17th token is never run
    [InlineData(18, 2, 2)]
    [InlineData(33, 2, 2)]
    [InlineData(34, 3, 2)] // the window and one row: 16 positions, over two blocks at the most
    [InlineData(1000, 63, 2)]
    public void A_sequence_needs_all_its_positions_in_global_layers_and_a_window_in_sliding_ones(int length, int global, int sliding) =>
        Assert.Equal(new KvBlockCounts(global, sliding), new SequenceFit(new KvBlockCounts(99, 99), slidingWindow: 16, maxBatchRows: 1).Need(length));

    [Fact]
    public void The_sliding_need_is_the_most_blocks_that_a_window_and_a_chunk_can_touch()
    {
        for (var window = 1; window < 40; window++)
        {
            for (var rows = 1; rows < 40; rows++)
            {
                var most = 0;
                for (var start = 500; start < 516; start++)
                    most = Math.Max(most, ((start + rows - 1) / 16) - ((start - window + 1) / 16) + 1);
                Assert.Equal(most, new SequenceFit(new KvBlockCounts(99, 99), window, rows).Need(1000).Sliding);
            }
        }
    }

    [Theory]
    [InlineData(10, 9, 161)] // ten global blocks, and the last token
    [InlineData(99, 2, 33)] // sliding blocks for no whole window and chunk
    [InlineData(99, 4, 1000)] // 16 + 16 - 1 positions touch three blocks
    [InlineData(99, 3, 1000)]
    public void The_longest_sequence_follows_from_the_pools(int global, int sliding, int longest)
    {
        var fit = new SequenceFit(new KvBlockCounts(global, sliding), slidingWindow: 16, maxBatchRows: 16);
        Assert.Equal(longest, fit.LongestSequence(1000));
        Assert.True(Holds(fit.Need(longest)));
        if (longest < 1000)
            Assert.False(Holds(fit.Need(longest + 1)));

        bool Holds(KvBlockCounts need) => need.Global <= global && need.Sliding <= sliding;
    }
}
