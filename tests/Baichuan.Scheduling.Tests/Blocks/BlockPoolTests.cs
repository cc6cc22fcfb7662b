using Baichuan.Scheduling.Blocks;
using CsCheck;

namespace Baichuan.Scheduling.Tests.Blocks;

public sealed class BlockPoolTests
{
    [Fact]
    public void Blocks_are_handed_out_in_order_and_those_that_come_back_last_of_all()
    {
        var pool = new BlockPool(3);
        Assert.Equal([0, 1], [Allocate(pool), Allocate(pool)]);
        pool.Release(1);
        pool.Release(0);
        Assert.Equal([2, 1, 0], [Allocate(pool), Allocate(pool), Allocate(pool)]);
    }

    [Fact]
    public void A_shared_block_is_free_when_its_last_holder_lets_go()
    {
        var pool = new BlockPool(1);
        var block = Allocate(pool);
        pool.Share(block);
        pool.Release(block);
        Assert.Equal((1, 0), (pool.Held, pool.Available));
        pool.Release(block);
        Assert.Equal((0, 1), (pool.Held, pool.Available));
    }

    [Fact]
    public void An_indexed_block_is_cached_when_its_last_holder_lets_go_and_evicted_after_all_free_ones_the_oldest_first()
    {
        var pool = new BlockPool(4);
        for (var block = 0; block < 3; block++)
        {
            Allocate(pool);
            pool.MarkIndexed(block);
        }

        pool.Release(2);
        pool.Release(0);
        pool.Release(1);
        Assert.Equal((0, 3, 4), (pool.Held, pool.Cached, pool.Available));
        pool.Share(2);
        pool.Release(2);

        Assert.Equal([3, 0, 1, 2], [Allocate(pool), Allocate(pool), Allocate(pool), Allocate(pool)]);
        pool.Release(2);
        Assert.Equal(0, pool.Cached); // an evicted block is nobody's
    }

    [Fact]
    public void A_block_is_foreign_unless_its_last_holder_was_of_the_same_tenant()
    {
        var pool = new BlockPool(1);
        Assert.Equal([true, false, true, true], new[] { "a", "a", "b", "a" }.Select(tenant =>
        {
            pool.Release(pool.Allocate(tenant, out _, out var foreign));
            return foreign;
        }));
        pool.Reset();
        pool.Allocate("a", out _, out var unknown);
        Assert.True(unknown);
    }

    [Fact]
    public void An_empty_pool_and_a_free_block_are_refused()
    {
        var pool = new BlockPool(1);
        Assert.Throws<InvalidOperationException>(() => pool.Release(0));
        Assert.Throws<InvalidOperationException>(() => pool.Share(0));
        Assert.Throws<InvalidOperationException>(() => pool.MarkIndexed(0));
        Allocate(pool);
        Assert.Throws<InvalidOperationException>(() => Allocate(pool));
    }

    [Fact]
    public void A_reset_pool_is_like_a_new_one()
    {
        var pool = new BlockPool(3);
        Allocate(pool);
        pool.Share(Allocate(pool));
        pool.MarkIndexed(Allocate(pool));
        pool.Release(0);
        pool.Release(2);
        pool.Reset();
        Assert.Equal([0, 1, 2], [Allocate(pool), Allocate(pool), Allocate(pool)]);
        pool.Release(1);
        Assert.Equal((2, 0), (pool.Held, pool.Cached));
    }

    [Fact]
    public void No_trace_of_calls_loses_a_block_or_hands_one_out_twice() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 999].Array[0, 300]).Sample((count, calls) =>
        {
            var pool = new BlockPool(count);
            var references = new Dictionary<int, int>();
            var indexed = new HashSet<int>();
            foreach (var call in calls)
            {
                var held = references.Keys.Order().ToArray();
                var cached = indexed.Except(held).Order().ToArray();
                switch (call % 5)
                {
                    case 0 when held.Length < count:
                        var block = pool.Allocate("a", out var evicted, out _);
                        Assert.True(references.TryAdd(block, 1));
                        Assert.Equal(indexed.Remove(block), evicted);
                        Assert.Equal(held.Length + cached.Length == count, evicted);
                        break;
                    case 1 when held.Length > 0:
                        references[held[call % held.Length]]++;
                        pool.Share(held[call % held.Length]);
                        break;
                    case 2 when cached.Length > 0:
                        references.Add(cached[call % cached.Length], 1);
                        pool.Share(cached[call % cached.Length]);
                        break;
                    case 3 when held.Length > 0:
                        indexed.Add(held[call % held.Length]);
                        pool.MarkIndexed(held[call % held.Length]);
                        break;
                    case 4 when held.Length > 0:
                        var given = held[call % held.Length];
                        pool.Release(given);
                        if (--references[given] == 0)
                            references.Remove(given);
                        break;
                }

                Assert.Equal(references.Count, pool.Held);
                Assert.Equal(indexed.Except(references.Keys).Count(), pool.Cached);
                Assert.Equal(count - pool.Held, pool.Available);
            }
        }, iter: 1000);

    private static int Allocate(BlockPool pool) => pool.Allocate("a", out _, out _);
}
