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
