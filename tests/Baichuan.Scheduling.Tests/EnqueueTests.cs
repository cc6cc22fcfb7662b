using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

public sealed class EnqueueTests
{
    [Fact]
    public void A_full_queue_refuses_new_requests_but_not_streams_that_have_tokens()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxWaiting = 2 });
        replica.Enqueue(Requests.Of("a", 4, 4));
        replica.Enqueue(Requests.Of("b", 4, 4));
        var refusal = Refused(replica, Requests.Of("c", 4, 4));
        Assert.Equal(RefusalReason.QueueFull, refusal.Reason);
        Assert.Contains("MaxWaiting is 2", refusal.Message);
        replica.Enqueue(Requests.Of("d", 4, 4, generated: new[] { 1 }));

        replica.MustPlan();
        replica.Enqueue(Requests.Of("c", 4, 4));
    }

    [Fact]
    public void Two_live_sequences_cannot_share_an_id()
    {
        var replica = new ToyReplica(Requests.Roomy);
        var first = replica.Enqueue(Requests.Of("a", 4, 4));
        Assert.Equal(RefusalReason.Duplicate, Refused(replica, Requests.Of("a", 4, 4)).Reason);
        Assert.NotNull(replica.Scheduler.Cancel(first.RequestId));
        Assert.True(replica.Scheduler.TryEnqueue(Requests.Of("a", 4, 4), default, out _, out _));
    }

    [Fact]
    public void What_exceeds_the_context_is_refused_with_both_lengths()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxContext = 20 });
        replica.Enqueue(Requests.Of("fits", 15, 5));
        var refusal = Refused(replica, Requests.Of("a", 15, 6));
        Assert.Equal(RefusalReason.TooLong, refusal.Reason);
        Assert.Equal("15 prompt tokens and 6 completion tokens exceed the context of 20 tokens.", refusal.Message);
        Assert.Equal(RefusalReason.TooLong, Refused(replica, Requests.Of("b", 1, int.MaxValue)).Reason);
    }

    [Fact]
    public void What_needs_more_blocks_than_the_pools_have_is_refused_with_both_counts()
    {
        var replica = new ToyReplica(Requests.Roomy with { Blocks = new KvBlockCounts(2, 9) });
        Assert.Equal(33, replica.Scheduler.LongestSequence);
        replica.Enqueue(Requests.Of("fits", 30, 3));
        var refusal = Refused(replica, Requests.Of("a", 30, 4));
        Assert.Equal(RefusalReason.TooLong, refusal.Reason);
        Assert.Contains("34 tokens needs 3 global", refusal.Message);
        Assert.Contains("the pools have 2 and 9", refusal.Message);
    }

    [Fact]
    public void Requests_that_contradict_themselves_are_refused_without_showing_a_token()
    {
        var replica = new ToyReplica(Requests.Roomy);
        Assert.Equal(RefusalReason.Invalid, Refused(replica, Requests.Of("a", 0, 4)).Reason);
        Assert.Equal(RefusalReason.Invalid, Refused(replica, Requests.Of("a", 4, 0)).Reason);
        foreach (var bad in (int[])[-7777, 7777])
        {
            var refusal = Refused(replica, Requests.Of("a", 4, 4, generated: new[] { bad }));
            Assert.Equal(RefusalReason.Invalid, refusal.Reason);
            Assert.DoesNotContain("7777", refusal.Message);
            Assert.Equal(RefusalReason.Invalid, Refused(replica, Requests.Of("a", 4, 4, stopTokens: new[] { bad })).Reason);
        }
    }

    [Fact]
    public void A_request_may_fill_the_whole_context()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxContext = 50 });
        var sequence = replica.Enqueue(Requests.Of("a", 10, 40));
        replica.RunToEnd();
        Assert.Equal((50, FinishReason.Length), (sequence.Length, sequence.Finish));
    }

    [Fact]
    public void A_stream_that_had_its_last_token_already_is_finished_at_once()
    {
        var replica = new ToyReplica(Requests.Roomy);
        Assert.Equal(FinishReason.Stop, replica.Enqueue(Requests.Of("a", 4, 9, generated: new[] { 1, 5 }, stopTokens: new[] { 5 })).Finish);
        Assert.Equal(FinishReason.Length, replica.Enqueue(Requests.Of("b", 4, 2, generated: new[] { 1, 5 })).Finish);
        Assert.Null(replica.Enqueue(Requests.Of("c", 4, 2, stopTokens: Requests.Prompt("c", 4))).Finish);
        Assert.Equal(1, replica.Counters.Waiting);
    }

    [Fact]
    public void A_scheduler_without_room_for_anything_is_not_made()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new Scheduler(Requests.Roomy with { Blocks = new KvBlockCounts(4, 0) }));
        Assert.Contains("Blocks.Sliding", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Scheduler(Requests.Roomy with { MaxBatchRows = 0 }));
    }

    private static Refusal Refused(ToyReplica replica, SequenceRequest request)
    {
        Assert.False(replica.TryEnqueue(request, out var sequence, out var refusal));
        Assert.Null(sequence);
        return Assert.IsType<Refusal>(refusal);
    }
}
