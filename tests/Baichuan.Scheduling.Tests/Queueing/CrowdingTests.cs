using Baichuan.Model;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests.Queueing;

public sealed class CrowdingTests
{
    [Fact]
    public void The_queue_is_bounded_by_requests_and_tokens_for_all_and_for_each_tenant()
    {
        var limits = Requests.Roomy with { MaxWaiting = 4, MaxWaitingTokens = 100, MaxWaitingPerTenant = 2, MaxWaitingTokensPerTenant = 60 };
        var replica = new ToyReplica(limits);
        replica.Enqueue(Requests.Of("a1", 50, 9, tenant: "a"));
        Assert.Contains("50 prompt tokens of this tenant wait, and MaxWaitingTokensPerTenant is 60", Refuse(replica, "a", 20).Message);
        replica.Enqueue(Requests.Of("a2", 5, 9, tenant: "a"));
        Assert.Contains("MaxWaitingPerTenant is 2", Refuse(replica, "a", 1).Message);
        replica.Enqueue(Requests.Of("b1", 40, 9, tenant: "b"));
        Assert.Contains("95 prompt tokens wait, and MaxWaitingTokens is 100", Refuse(replica, "b", 6).Message);
        replica.Enqueue(Requests.Of("b2", 5, 9, tenant: "b"));
        Assert.Contains("4 requests wait, and MaxWaiting is 4", Refuse(replica, "c", 1).Message);
    }

    [Fact]
    public void A_prompt_that_is_longer_than_the_queue_may_wait_alone()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxWaitingTokens = 100 });
        replica.Enqueue(Requests.Of("long", 200, 9));
        Assert.Equal(RefusalReason.QueueFull, Refuse(replica, "default", 1).Reason);
    }

    [Fact]
    public void Less_urgent_requests_leave_room_for_more_urgent_ones()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxWaiting = 2 });
        replica.Enqueue(Requests.Of("1", 5, 9, requestClass: RequestClass.Batch));
        replica.Enqueue(Requests.Of("2", 5, 9));
        Assert.False(replica.TryEnqueue(Requests.Of("3", 5, 9, requestClass: RequestClass.Batch), out _, out _));
        replica.Enqueue(Requests.Of("4", 5, 9));
        Assert.False(replica.TryEnqueue(Requests.Of("5", 5, 9), out _, out _));
        replica.Enqueue(Requests.Of("6", 5, 9, requestClass: RequestClass.Emergency));
    }

    [Fact]
    public void A_refusal_names_the_time_in_which_the_queue_empties_as_it_has_been_emptying()
    {
        // One request a second leaves a queue of eight.
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1, MaxWaiting = 8 });
        Assert.Equal(TimeSpan.FromSeconds(1), Full(replica)); // nothing measured yet
        for (var second = 0; second < 20; second++)
        {
            replica.Now = replica.Now.AddSeconds(1);
            replica.Expire(replica.Now);
            replica.MustPlan();
            replica.Complete();
            Full(replica);
        }

        Assert.Equal(8, Full(replica).TotalSeconds, 1.0);
    }

    [Fact]
    public void A_queue_that_does_not_move_says_a_minute()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxWaiting = 2 });
        Full(replica);
        replica.Now = replica.Now.AddSeconds(9);
        Assert.Equal(TimeSpan.FromMinutes(1), Full(replica));
    }

    [Fact]
    public void Nobody_is_let_in_who_would_wait_for_too_long_but_batch_work()
    {
        // One request a second leaves the queue.
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1, MaxWaiting = 30, MaxQueueTime = TimeSpan.FromSeconds(10) });
        Full(replica);
        Assert.Equal(30, replica.Counters.Waiting); // nothing measured yet
        for (var second = 0; second < 40; second++)
        {
            replica.Now = replica.Now.AddSeconds(1);
            replica.Expire(replica.Now);
            replica.MustPlan();
            replica.Complete();
            Full(replica);
        }

        Assert.InRange(replica.Counters.Waiting, 9, 12);
        Assert.Contains("MaxQueueTime is 10 s", Refuse(replica, "default", 5).Message, StringComparison.Ordinal);
        replica.Enqueue(Requests.Of("batch", 5, 1, requestClass: RequestClass.Batch));
    }

    [Fact]
    public void What_passes_an_empty_queue_says_nothing_of_how_fast_it_empties()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1, MaxWaiting = 8, MaxQueueTime = TimeSpan.FromSeconds(5) });
        for (var second = 0; second < 30; second++)
        {
            replica.Now = replica.Now.AddSeconds(1);
            replica.Expire(replica.Now);
            replica.Enqueue(Requests.Of($"{second}", 5, 1));
            replica.MustPlan();
            replica.Complete();
        }

        Full(replica);
        Assert.Equal(8, replica.Counters.Waiting);
    }

    [Fact]
    public void A_failure_is_not_taken_for_a_slow_queue()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxQueueTime = TimeSpan.FromSeconds(5) });
        for (var failure = 0; failure < 20; failure++)
        {
            while (replica.Live.Count < 12)
                replica.Enqueue(Requests.Of($"{failure}/{replica.Live.Count}", 5, 20));
            replica.MustPlan();
            replica.Complete();
            replica.Expire(replica.Now); // nobody waits
            replica.Scheduler.FailEpoch();
            for (var second = 0; second < 4; second++)
            {
                replica.Now = replica.Now.AddSeconds(1);
                replica.Expire(replica.Now);
            }

            replica.Enqueue(Requests.Of($"{failure}/late", 5, 20)); // behind twelve that run again at once
            replica.Fail([]);
            replica.RunToEnd();
        }
    }

    [Fact]
    public void What_leaves_the_queue_makes_room_however_it_leaves()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxWaiting = 1 });
        replica.Cancel(replica.Enqueue(Requests.Of("1", 5, 9)));
        replica.Enqueue(Requests.Of("2", 5, 9, deadline: replica.Now));
        replica.Expire(replica.Now);
        replica.Enqueue(Requests.Of("3", 5, 9));
        replica.MustPlan();
        replica.Enqueue(Requests.Of("4", 5, 9));
        Assert.False(replica.TryEnqueue(Requests.Of("5", 5, 9), out _, out _));
    }

    /// <summary>Fills the queue with short requests; what the one too many is told.</summary>
    private static TimeSpan Full(ToyReplica replica)
    {
        while (replica.TryEnqueue(Requests.Of($"{Guid.NewGuid()}", 5, 1), out _, out _))
            continue;
        return Assert.NotNull(Refuse(replica, "default", 5).RetryAfter);
    }

    private static Refusal Refuse(ToyReplica replica, string tenant, int promptLength)
    {
        Assert.False(replica.TryEnqueue(Requests.Of("one more", promptLength, 9, tenant: tenant), out _, out var refusal));
        return Assert.IsType<Refusal>(refusal);
    }
}
