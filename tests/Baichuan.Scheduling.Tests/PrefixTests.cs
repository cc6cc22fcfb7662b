using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

/// <summary>What a sequence finds in the cache, and what it then runs. The toy executor checks that it is the right thing.</summary>
public sealed class PrefixTests
{
    [Theory]
    [InlineData(40, 32)] // two full blocks, and eight positions behind them
    [InlineData(48, 48)] // all of it: the last position runs again, as a query only
    [InlineData(33, 32)]
    [InlineData(17, 16)]
    [InlineData(16, 16)]
    [InlineData(15, 0)] // a block that is not full is nobody's
    public void A_sequence_goes_on_at_the_last_cached_position(int length, int cached)
    {
        var replica = new ToyReplica(Requests.Roomy);
        replica.Enqueue(Requests.Of("first", 48, 1, family: "f"));
        replica.RunToEnd();
        var second = replica.Enqueue(Requests.Of("second", length, 3, family: "f"));
        var chunk = replica.MustPlan().Chunks[0];
        Assert.Equal(cached, second.CachedTokens);
        Assert.Equal(Math.Max(0, cached - 1), chunk.Start);
        Assert.Equal(length - chunk.Start, chunk.Count);
        Assert.Equal(ChunkFlags.Sample | (cached > 0 ? ChunkFlags.ReplayFirst : ChunkFlags.None), chunk.Flags);
        replica.Complete();
        replica.RunToEnd();
        Assert.Equal((48 + length, cached), (replica.Counters.PrefixQueries, replica.Counters.PrefixHits));
    }

    [Fact]
    public void What_is_forgotten_is_zeroed_and_not_found_but_a_running_sequence_keeps_what_it_holds()
    {
        var replica = new ToyReplica(Requests.Roomy);
        replica.Enqueue(Requests.Of("first", 48, 1, family: "f"));
        replica.RunToEnd();
        replica.Scheduler.Forget("other", Requests.Prompt("f", 48));
        var holder = replica.Enqueue(Requests.Of("holder", 20, 9, family: "f"));
        var started = replica.MustPlan();
        Assert.Equal((16, 2), (holder.CachedTokens, started.ZeroedBlocks.Length)); // its own second block of both kinds, never used before
        replica.Complete();

        replica.Scheduler.Forget(holder.Request.Tenant, Requests.Prompt("f", 48));
        Assert.Equal(4, replica.MustPlan().ZeroedBlocks.Length); // the second and third block of both kinds; the first is held
        replica.Complete();
        replica.RunToEnd();
        Assert.Equal(16, Admit(replica, Requests.Of("third", 48, 1, family: "f")).CachedTokens);
    }

    [Fact]
    public void A_conversation_is_found_with_the_tokens_that_were_generated_in_it()
    {
        var replica = new ToyReplica(Requests.Roomy);
        var first = replica.Enqueue(Requests.Of("first", 20, 30));
        replica.RunToEnd();
        // Its last token was never run: 49 positions are cached, three full blocks.
        int[] prompt = [.. first.Tokens, 5, 6, 7];
        var second = new SequenceRequest { RequestId = "second", Prompt = prompt, MaxTokens = 4, Sampling = SamplingSettings.Greedy };
        Assert.Equal(48, Admit(replica, second).CachedTokens);
    }

    [Fact]
    public void Nothing_is_found_by_another_tenant_or_where_all_logits_are_wanted_or_with_the_cache_switched_off()
    {
        var replica = new ToyReplica(Requests.Roomy);
        replica.Enqueue(Requests.Of("first", 48, 1, family: "f", tenant: "a"));
        replica.RunToEnd();
        Assert.Equal(0, Admit(replica, Requests.Of("b", 48, 1, family: "f", tenant: "b")).CachedTokens);
        var logits = new SequenceRequest
        {
            RequestId = "logits",
            Prompt = Requests.Prompt("f", 48),
            MaxTokens = 1,
            Sampling = SamplingSettings.Greedy,
            Tenant = "a",
            SkipsPrefixCache = true,
        };
        Assert.Equal(0, Admit(replica, logits).CachedTokens);
        Assert.Equal(48, Admit(replica, Requests.Of("a", 48, 1, family: "f", tenant: "a")).CachedTokens);

        var without = new ToyReplica(Requests.Roomy with { PrefixCache = false });
        without.Enqueue(Requests.Of("first", 48, 1, family: "f"));
        without.RunToEnd();
        Assert.Equal(0, Admit(without, Requests.Of("second", 48, 1, family: "f")).CachedTokens);
        Assert.Equal(default, without.Counters.BlocksCached);
    }

    [Fact]
    public void A_hit_ends_where_the_window_of_its_last_position_is_cached_in_sliding_layers()
    {
        // The first sliding blocks of "first" left its window long ago, and "other" takes their place and that of block 5:
        // blocks 2 to 4 are still there. They are all that position 79 sees, but position 63 sees block 1 too.
        foreach (var (length, cached) in ((int, int)[])[(70, 0), (99, 80)])
        {
            var replica = new ToyReplica(Requests.Roomy with { Blocks = new KvBlockCounts(99, 7), SlidingWindow = 40, MaxBatchRows = 16 });
            replica.Enqueue(Requests.Of("first", 96, 1, family: "f"));
            replica.RunToEnd();
            replica.Enqueue(Requests.Of("other", 49, 1));
            replica.RunToEnd();
            Assert.Equal(cached, Admit(replica, Requests.Of("second", length, 1, family: "f")).CachedTokens);
        }
    }

    [Fact]
    public void A_block_that_slid_out_of_the_window_is_found_until_it_is_needed()
    {
        var replica = new ToyReplica(Requests.Roomy with { SlidingWindow = 16 });
        replica.Enqueue(Requests.Of("first", 100, 50, family: "f"));
        for (var step = 0; step < 3; step++)
        {
            replica.MustPlan();
            replica.Complete();
        }

        Assert.Equal(2, replica.Counters.BlocksUsed.Sliding);
        replica.Enqueue(Requests.Of("second", 40, 1, family: "f"));
        replica.MustPlan();
        Assert.Equal(32, replica.Counters.PrefixHits);
    }

    [Fact]
    public void Choices_of_one_prompt_share_its_full_blocks_and_compute_the_rest_each_for_itself()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxBatchRows = 256 });
        for (var choice = 0; choice < 4; choice++)
            replica.Enqueue(Requests.Of($"{choice}", 100, 20, family: "f"));
        var batch = replica.MustPlan();
        // One step: 100 rows, then 100 - 96 + 1 replayed for each of the others.
        Assert.Equal(100 + (3 * 5), batch.Rows);
        Assert.Equal(6 + 4, replica.Counters.BlocksUsed.Global);
        replica.RunToEnd();
        Assert.Equal(4, replica.Finished.Count);
    }

    [Fact]
    public void A_cancelled_prompt_leaves_what_its_steps_in_flight_compute()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxBatchRows = 16, BatchesInFlight = 2 });
        var first = replica.Enqueue(Requests.Of("first", 48, 9, family: "f"));
        replica.MustPlan();
        replica.MustPlan();
        replica.Cancel(first);
        Assert.Equal(default, replica.Counters.BlocksUsed);
        replica.Complete();
        Assert.Equal(32, Admit(replica, Requests.Of("second", 48, 1, family: "f")).CachedTokens);
        replica.RunToEnd();
    }

    [Fact]
    public void Nothing_outlives_an_epoch()
    {
        var replica = new ToyReplica(Requests.Roomy);
        replica.Enqueue(Requests.Of("first", 48, 1, family: "f"));
        replica.RunToEnd();
        replica.Fail();
        Assert.Equal(default, replica.Counters.BlocksCached);
        Assert.Equal(0, Admit(replica, Requests.Of("second", 48, 1, family: "f")).CachedTokens);
    }

    [Fact]
    public void A_block_is_zeroed_when_it_comes_to_a_tenant_from_another_or_from_nobody_known()
    {
        var replica = new ToyReplica(Requests.Roomy with { Blocks = new KvBlockCounts(1, 1) });
        foreach (var (id, tenant, zeroed) in ((string, string, int)[])[("1", "a", 2), ("2", "a", 0), ("3", "b", 2), ("4", "a", 2)])
        {
            replica.Enqueue(Requests.Of(id, 9, 2, tenant: tenant));
            Assert.Equal(zeroed, replica.MustPlan().ZeroedBlocks.Length);
            replica.Complete();
            replica.RunToEnd();
        }
    }

    private static Sequence Admit(ToyReplica replica, SequenceRequest request)
    {
        var sequence = replica.Enqueue(request);
        while (sequence.State == SequenceState.Waiting)
        {
            replica.MustPlan();
            replica.Complete();
        }

        return sequence;
    }
}
