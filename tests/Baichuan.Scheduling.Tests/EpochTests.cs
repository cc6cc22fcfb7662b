using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

public sealed class EpochTests
{
    [Fact]
    public void Nothing_is_planned_before_the_first_epoch_and_between_two()
    {
        var scheduler = new Scheduler(Requests.Roomy);
        Assert.True(scheduler.TryEnqueue(Requests.Of("a", 5, 9), default, out _, out _));
        Assert.False(scheduler.TryPlan(out _));
        scheduler.OpenEpoch(7);
        Assert.True(scheduler.TryPlan(out var batch));
        Assert.Equal((7UL, 0UL), (batch.Epoch, batch.Step));
        scheduler.FailEpoch();
        scheduler.FailEpoch();
        Assert.False(scheduler.TryPlan(out _));
    }

    [Fact]
    public void A_new_epoch_has_a_higher_number_and_follows_a_failure()
    {
        var scheduler = new Scheduler(Requests.Roomy);
        scheduler.OpenEpoch(7);
        Assert.Throws<InvalidOperationException>(() => scheduler.OpenEpoch(8));
        scheduler.FailEpoch();
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.OpenEpoch(7));
        scheduler.OpenEpoch(8);
    }

    [Fact]
    public void What_was_running_is_replayed_from_its_tokens_the_oldest_first()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 2 });
        var first = replica.Enqueue(Requests.Of("a", 5, 9));
        var second = replica.Enqueue(Requests.Of("b", 6, 9));
        var third = replica.Enqueue(Requests.Of("c", 7, 9));
        for (var step = 0; step < 3; step++)
        {
            replica.MustPlan();
            replica.Complete();
        }

        replica.MustPlan();
        replica.Fail();
        Assert.Equal((3, 0, default), (replica.Counters.Waiting, replica.Counters.Running, replica.Counters.BlocksUsed));
        Assert.Equal(SequenceState.Waiting, first.State);

        var batch = replica.MustPlan();
        Assert.Equal(0UL, batch.Step);
        Assert.Equal(2, batch.Admissions.Length);
        Assert.Equal(first.Tokens, batch.AdmittedTokens(batch.Admissions[0]));
        Assert.Equal((5, 8), (batch.Admissions[0].PromptLength, batch.Admissions[0].TokenCount));
        Assert.Equal(second.Tokens, batch.AdmittedTokens(batch.Admissions[1]));

        replica.RunToEnd();
        Assert.All([first, second, third], s => Assert.Equal(ToyLanguage.Complete(s.Request, s.MaxLength).Tokens, s.Tokens));
    }

    [Fact]
    public void What_shards_still_have_is_not_computed_again()
    {
        var replica = new ToyReplica(Requests.Roomy);
        var sequence = replica.Enqueue(Requests.Of("a", 40, 30));
        for (var step = 0; step < 12; step++)
        {
            replica.MustPlan();
            replica.Complete();
        }

        Assert.Equal(52, sequence.Length);
        replica.Fail([]);
        var batch = replica.MustPlan();
        Assert.Equal((5, 0), (batch.Rows, batch.RestoredBlocks.Length)); // 48 positions are cached; the last of them runs again as a query
        replica.Complete();

        replica.Fail([2]);
        batch = replica.MustPlan();
        Assert.Equal(6, batch.Rows);
        Assert.Equal([2], batch.LostShards.ToArray());
        Assert.Equal(3 + 2, batch.RestoredBlocks.Length); // of the sliding blocks those in the window of 24 before position 47
        replica.Complete();

        replica.Replace([]);
        batch = replica.MustPlan();
        Assert.Equal((7, 0), (batch.Rows, batch.RestoredBlocks.Length));
        replica.RunToEnd();
        Assert.Equal(ToyLanguage.Complete(sequence.Request, sequence.MaxLength).Tokens, replica.Accepted[0].Tokens);
    }

    [Fact]
    public void Shards_do_not_keep_a_name_for_what_was_handed_out_in_a_step_that_none_of_them_ran()
    {
        var replica = new ToyReplica(Requests.Roomy with { Blocks = new KvBlockCounts(2, 2) });
        replica.Enqueue(Requests.Of("a", 32, 1)); // leaves both blocks full
        replica.RunToEnd();
        replica.Enqueue(Requests.Of("b", 10, 2)); // takes one of them

        replica.MustPlan();
        replica.Fail([0]);
        replica.RunToEnd();
        replica.Replace([0]);

        var again = replica.Enqueue(Requests.Of("c", 32, 1, family: "a"));
        replica.RunToEnd();
        Assert.Equal(ToyLanguage.Complete(again.Request, again.MaxLength).Tokens, again.Tokens);
    }

    [Fact]
    public void A_scheduler_recalls_only_before_its_first_epoch()
    {
        var scheduler = new Scheduler(Requests.Roomy);
        scheduler.OpenEpoch(1);
        Assert.Throws<InvalidOperationException>(() => scheduler.Recall(1, []));
    }

    [Fact]
    public void Results_of_an_old_epoch_are_ignored()
    {
        var replica = new ToyReplica(Requests.Roomy);
        var sequence = replica.Enqueue(Requests.Of("a", 5, 9));
        replica.MustPlan();
        replica.Fail();
        replica.Complete();
        Assert.Equal(0, sequence.CompletionTokens);
        replica.MustPlan();
        replica.Complete();
        Assert.Equal(1, sequence.CompletionTokens);
    }

    [Theory]
    [InlineData(3, false, 1, true)]
    [InlineData(1, true, 3, false)]
    public void Sequences_go_on_in_smaller_pools_and_another_number_of_stages_and_back(int stages, bool ahead, int otherStages, bool otherAhead)
    {
        var replica = new ToyReplica(Requests.Roomy with { BatchesInFlight = stages, PlansAhead = ahead });
        for (var i = 0; i < 12; i++)
            replica.Enqueue(Requests.Of($"{i}", 20 + i, 60, family: "same"));
        void Run(int steps, int most)
        {
            for (var step = 0; step < steps; step++)
            {
                while (replica.Plan() is not null)
                    Assert.InRange(replica.Counters.StepsInFlight, 1, most);
                replica.Complete();
            }
        }

        Run(40, stages + (ahead ? 1 : 0));
        replica.Fail(new KvBlockCounts(6, 6), otherStages, otherAhead); // one sequence at its longest, or a few
        Assert.Equal(new KvBlockCounts(6, 6), replica.Counters.BlocksTotal);
        Run(40, otherStages + (otherAhead ? 1 : 0));
        var evicted = replica.Counters.Evictions;
        Assert.True(evicted > 0);
        replica.Fail(Requests.Roomy.Blocks, stages, ahead);
        replica.RunToEnd();

        Assert.Equal(evicted, replica.Counters.Evictions);
        Assert.All(replica.Accepted, s => Assert.Equal(ToyLanguage.Complete(s.Request, s.MaxLength).Tokens, s.Tokens));
    }

    [Fact]
    public void What_new_pools_can_never_hold_ends_and_is_refused_from_then_on()
    {
        var replica = new ToyReplica(Requests.Roomy);
        replica.Enqueue(Requests.Of("long", 20, 100));
        var fits = replica.Enqueue(Requests.Of("short", 20, 60));
        replica.MustPlan();

        replica.Fail(new KvBlockCounts(6, 6), stages: 1);

        Assert.Equal(FinishReason.Error, replica.Finished["long"]);
        Assert.False(replica.TryEnqueue(Requests.Of("late", 20, 100), out _, out var refusal));
        Assert.Equal(RefusalReason.TooLong, refusal!.Reason);
        replica.Complete();
        replica.RunToEnd();
        Assert.Equal(ToyLanguage.Complete(fits.Request, fits.MaxLength).Tokens, fits.Tokens);
    }

    [Fact]
    public void Pools_change_between_epochs_only()
    {
        var scheduler = new Scheduler(Requests.Roomy);
        scheduler.OpenEpoch(1);
        Assert.Throws<InvalidOperationException>(() => scheduler.Resize(new KvBlockCounts(6, 6), 1, false).Length);
    }

    [Fact]
    public void Requests_may_leave_while_no_epoch_is_open()
    {
        var replica = new ToyReplica(Requests.Roomy);
        var sequence = replica.Enqueue(Requests.Of("a", 5, 9));
        replica.MustPlan();
        replica.Scheduler.FailEpoch();
        replica.Cancel(sequence);
        replica.Scheduler.OpenEpoch(9);
        Assert.False(replica.Scheduler.TryPlan(out _));
    }
}
