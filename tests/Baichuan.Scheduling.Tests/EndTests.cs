using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

public sealed class EndTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_cancelled_sequence_that_waits_leaves_nothing_behind()
    {
        var replica = new ToyReplica(Requests.Roomy);
        replica.Cancel(replica.Enqueue(Requests.Of("a", 5, 9)));
        Assert.Equal(FinishReason.Cancelled, replica.Finished["a"]);
        Assert.Null(replica.Plan());
        Assert.Equal(0, replica.Counters.Waiting);
    }

    [Fact]
    public void What_a_cancelled_sequence_held_is_free_at_once_and_its_token_in_flight_is_ignored()
    {
        var replica = new ToyReplica(Requests.Roomy);
        var sequence = replica.Enqueue(Requests.Of("a", 5, 9));
        replica.MustPlan();
        replica.Cancel(sequence);
        Assert.Equal((0, 0), (replica.Counters.Waiting, replica.Counters.Running));
        Assert.Equal(default, replica.Counters.BlocksUsed);
        replica.Complete();
        Assert.Equal(0, sequence.CompletionTokens);
    }

    [Fact]
    public void A_number_and_blocks_with_rows_in_flight_go_to_the_next_sequence_behind_the_release()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1, BatchesInFlight = 2, Blocks = new KvBlockCounts(1, 1) });
        var first = replica.Enqueue(Requests.Of("a", 5, 9));
        var second = replica.Enqueue(Requests.Of("b", 6, 9));
        replica.MustPlan();
        replica.Cancel(first);
        var batch = replica.MustPlan();
        Assert.Equal([0], batch.Releases);
        Assert.Equal(0, batch.Admissions[0].Sequence);
        replica.Complete();
        Assert.Equal((0, 0), (first.CompletionTokens, second.CompletionTokens));
        replica.Complete();
        Assert.Equal((0, 1), (first.CompletionTokens, second.CompletionTokens));
        replica.RunToEnd();
        Assert.Equal(ToyLanguage.Complete(second.Request, 15).Tokens, second.Tokens);
    }

    [Fact]
    public void Releases_wait_for_the_next_step_with_rows()
    {
        var replica = new ToyReplica(Requests.Roomy);
        replica.Enqueue(Requests.Of("a", 5, 1));
        replica.MustPlan();
        replica.Complete();
        Assert.Equal(FinishReason.Length, replica.Finished["a"]);
        Assert.Null(replica.Plan());
        replica.Enqueue(Requests.Of("b", 5, 2));
        Assert.Equal([0], replica.MustPlan().Releases);
        replica.Complete();
        Assert.Equal(0, replica.MustPlan().Releases.Length);
    }

    [Fact]
    public void A_prompt_cancelled_half_way_makes_room_for_the_next()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxBatchRows = 8, BatchesInFlight = 2 });
        var first = replica.Enqueue(Requests.Of("a", 20, 9));
        replica.Enqueue(Requests.Of("b", 5, 9));
        replica.MustPlan();
        replica.Cancel(first);
        Assert.Equal(1, replica.MustPlan().Admissions.Length);
        replica.RunToEnd();
    }

    [Fact]
    public void A_sequence_may_be_ended_from_outside_for_any_reason()
    {
        var replica = new ToyReplica(Requests.Roomy);
        var sequence = replica.Enqueue(Requests.Of("a", 5, 9));
        Assert.Equal(FinishReason.Stop, replica.Scheduler.Cancel("a", FinishReason.Stop)!.Value.Finish);
        Assert.Equal(FinishReason.Stop, sequence.Finish);
        Assert.Null(replica.Scheduler.Cancel("unknown"));
    }

    [Fact]
    public void Deadlines_end_waiting_and_running_requests_and_no_others()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1 });
        replica.Enqueue(Requests.Of("runs", 5, 9, deadline: Noon));
        replica.Enqueue(Requests.Of("waits", 5, 9, deadline: Noon));
        replica.Enqueue(Requests.Of("later", 5, 9, deadline: Noon.AddSeconds(1)));
        replica.Enqueue(Requests.Of("never", 5, 9));
        replica.MustPlan();
        replica.Expire(Noon.AddTicks(-1));
        Assert.Empty(replica.Finished);
        replica.Expire(Noon);
        Assert.Equal(["runs", "waits"], replica.Finished.Keys.Order());
        Assert.All(replica.Finished.Values, r => Assert.Equal(FinishReason.Deadline, r));
        replica.RunToEnd();
        replica.Expire(Noon.AddDays(1));
        Assert.Equal(FinishReason.Length, replica.Finished["later"]);
        Assert.Equal(FinishReason.Length, replica.Finished["never"]);
    }
}
