using Baichuan.Scheduling.Blocks;
using CsCheck;

namespace Baichuan.Scheduling.Tests.Blocks;

public sealed class BlockPoolTests
{
    [Fact]
    public void Blocks_are_handed_out_in_order_and_those_that_come_back_last_of_all()
    {
        var pool = new BlockPool(3);
        Assert.Equal([0, 1], [pool.Allocate(), pool.Allocate()]);
        pool.Release(1);
        pool.Release(0);
        Assert.Equal([2, 1, 0], [pool.Allocate(), pool.Allocate(), pool.Allocate()]);
    }

    [Fact]
    public void A_shared_block_is_free_when_its_last_holder_lets_go()
    {
        var pool = new BlockPool(1);
        var block = pool.Allocate();
        pool.Share(block);
        pool.Release(block);
        Assert.Equal(1, pool.Used);
        pool.Release(block);
        Assert.Equal(0, pool.Used);
    }

    [Fact]
    public void An_empty_pool_and_a_free_block_are_refused()
    {
        var pool = new BlockPool(1);
        Assert.Throws<InvalidOperationException>(() => pool.Release(0));
        Assert.Throws<InvalidOperationException>(() => pool.Share(0));
        pool.Allocate();
        Assert.Throws<InvalidOperationException>(() => pool.Allocate());
    }

    [Fact]
    public void A_reset_pool_is_like_a_new_one()
    {
        var pool = new BlockPool(2);
        pool.Allocate();
        pool.Share(pool.Allocate());
        pool.Release(0);
        pool.Reset();
        Assert.Equal([0, 1], [pool.Allocate(), pool.Allocate()]);
        pool.Release(1);
        Assert.Equal(1, pool.Used);
    }

    [Fact]
    public void No_trace_of_calls_loses_a_block_or_hands_one_out_twice() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 99].Array[0, 200]).Sample((count, calls) =>
        {
            var pool = new BlockPool(count);
            var references = new Dictionary<int, int>();
            foreach (var call in calls)
            {
                if (call % 3 == 0 && references.Count < count)
                {
                    Assert.True(references.TryAdd(pool.Allocate(), 1));
                }
                else if (references.Count > 0)
                {
                    var block = references.Keys.Order().ElementAt(call % references.Count);
                    if (call % 3 == 1)
                        pool.Share(block);
                    else
                        pool.Release(block);
                    references[block] += call % 3 == 1 ? 1 : -1;
                    if (references[block] == 0)
                        references.Remove(block);
                }

                Assert.Equal(references.Count, pool.Used);
            }
        }, iter: 500);
}
