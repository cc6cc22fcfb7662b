using Baichuan.Model.Execution;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

public sealed class PlanAheadTests
{
    private static readonly SchedulerOptions Ahead = Requests.Roomy with { PlansAhead = true };

    [Fact]
    public void A_step_is_planned_while_the_one_before_it_runs_and_takes_its_tokens()
    {
        var replica = new ToyReplica(Ahead);
        for (var i = 0; i < 3; i++)
            replica.Enqueue(Requests.Of($"{i}", 5, 20));
        replica.MustPlan();

        for (var step = 0; step < 10; step++)
        {
            var batch = replica.MustPlan();
            Assert.Equal(3, batch.Rows);
            Assert.All(batch.Chunks.ToArray(), chunk => Assert.Equal((ChunkFlags.TakesSampled | ChunkFlags.Sample, 0), (chunk.Flags, chunk.AppendedCount)));
            Assert.Null(replica.Plan());
            replica.Complete();
        }
    }

    [Fact]
    public void No_row_is_planned_for_the_last_token()
    {
        var replica = new ToyReplica(Ahead);
        replica.Enqueue(Requests.Of("a", 5, 3));

        replica.RunToEnd();

        Assert.Equal([5, 1, 1], replica.Batches.Select(batch => batch.Rows));
        Assert.Equal(FinishReason.Length, replica.Finished["a"]);
    }

    [Fact]
    public void A_stop_token_wastes_one_row_and_nothing_else()
    {
        var request = Requests.Of("a", 5, 20);
        var (tokens, _) = ToyLanguage.Complete(request, 25);
        var replica = new ToyReplica(Ahead);
        replica.Enqueue(Requests.Of("a", 5, 20, stopTokens: new[] { tokens[8] }));
        var length = Array.IndexOf(tokens, tokens[8], 5) + 1;

        replica.RunToEnd();

        Assert.Equal(FinishReason.Stop, replica.Finished["a"]);
        Assert.Equal(length, replica.Batches.Sum(batch => batch.Rows));
        Assert.Equal((0, default), (replica.Counters.Running, replica.Counters.BlocksUsed));
    }

    [Fact]
    public void An_order_of_several_steps_takes_its_own_tokens_and_has_no_row_for_the_last_one()
    {
        var replica = new ToyReplica(Ahead) { StepsAtOnce = 4 };
        replica.Enqueue(Requests.Of("a", 5, 8));
        replica.Enqueue(Requests.Of("b", 5, 6));

        replica.RunToEnd();

        Assert.Equal([10, 2, 2, 2, 2, 2, 1, 1], replica.Batches.Select(batch => batch.Rows));
        Assert.Equal(5, replica.More); // 1, 4 and 3 steps
    }

    [Fact]
    public void While_somebody_waits_to_run_an_order_is_one_step()
    {
        var replica = new ToyReplica(Ahead with { MaxSequences = 2, MaxBatchRows = 4 }) { StepsAtOnce = 4 };
        replica.Enqueue(Requests.Of("a", 2, 20));
        replica.MustPlan();
        replica.Enqueue(Requests.Of("b", 2, 20));
        replica.Enqueue(Requests.Of("c", 2, 20)); // no sequence number is left for it

        while (replica.Live.Count == 3)
        {
            while (replica.Plan() is not null)
                Assert.Equal(0, replica.More);
            replica.Complete();
        }

        replica.RunToEnd();
        Assert.InRange(replica.More, 1, int.MaxValue);
    }

    [Fact]
    public void While_somebody_prefills_an_order_is_one_step_also_where_its_prompt_has_no_row()
    {
        var replica = new ToyReplica(Ahead with { MaxBatchRows = 2 }) { StepsAtOnce = 4, Elapsed = TimeSpan.FromMilliseconds(1) };
        replica.Enqueue(Requests.Of("a", 2, 100));
        replica.MustPlan();
        replica.MustPlan();
        replica.Complete();
        replica.Complete();
        var prompt = replica.Enqueue(Requests.Of("b", PrefillBudget.MixedInARow + 10, 1));
        var (more, before) = (replica.More, replica.Batches.Count);

        while (prompt.PendingRows > 0)
        {
            if (replica.Plan() is null)
                replica.Complete();
            Assert.Equal(more, replica.More);
        }

        Assert.Contains(replica.Batches[before..], batch => batch.Rows == 1);
    }

    [Fact]
    public void A_stop_token_wastes_the_rows_of_the_orders_in_flight()
    {
        var (tokens, _) = ToyLanguage.Complete(Requests.Of("a", 5, 20), 25);
        var replica = new ToyReplica(Ahead) { StepsAtOnce = 4 };
        replica.Enqueue(Requests.Of("a", 5, 20, stopTokens: new[] { tokens[8] }));
        var length = Array.IndexOf(tokens, tokens[8], 5) + 1;

        replica.RunToEnd();

        Assert.Equal(FinishReason.Stop, replica.Finished["a"]);
        Assert.InRange(replica.Batches.Sum(batch => batch.Rows) - length, 0, 7);
        Assert.Equal((0, default), (replica.Counters.Running, replica.Counters.BlocksUsed));
    }

    [Fact]
    public void Several_stages_have_other_sequences_to_run_meanwhile() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Scheduler(Ahead with { BatchesInFlight = 2 }));
}
