using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

public sealed class PlanTests
{
    [Fact]
    public void Nothing_is_planned_for_nobody()
    {
        Assert.Null(new ToyReplica(Requests.Roomy).Plan());
    }

    [Fact]
    public void An_admission_brings_all_tokens_and_later_chunks_what_was_sampled_since()
    {
        var replica = new ToyReplica(Requests.Roomy);
        var sequence = replica.Enqueue(Requests.Of("a", 5, 9, generated: new[] { 3 }, stopTokens: new[] { 35 }));
        var first = replica.MustPlan();
        Assert.Equal(1, first.Admissions.Length);
        Assert.Equal(5, first.Admissions[0].PromptLength);
        Assert.Equal(14, first.Admissions[0].MaxLength);
        Assert.Equal([.. Requests.Prompt("a", 5), 3], first.AdmittedTokens(first.Admissions[0]));
        Assert.Equal([35], first.StopTokens(first.Admissions[0]));
        Assert.Equal([(0, 6)], Chunks(first));
        Assert.Equal(0, first.AppendedTokens(first.Chunks[0]).Length);

        replica.Complete();
        var second = replica.MustPlan();
        Assert.Equal(0, second.Admissions.Length);
        Assert.Equal([(6, 1)], Chunks(second));
        Assert.Equal([sequence.Tokens[6]], second.AppendedTokens(second.Chunks[0]));
    }

    [Fact]
    public void A_long_prompt_runs_in_chunks_and_only_the_last_samples()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxBatchRows = 16 });
        replica.Enqueue(Requests.Of("a", 40, 4));
        foreach (var (start, count, flags) in ((int, int, ChunkFlags)[])[(0, 16, ChunkFlags.None), (16, 16, ChunkFlags.None), (32, 8, ChunkFlags.Sample)])
        {
            var chunk = replica.MustPlan().Chunks[0];
            Assert.Equal((start, count, flags), (chunk.Start, chunk.Count, chunk.Flags));
            replica.Complete();
        }

        Assert.Equal(40, replica.Counters.PrefillRows);
        Assert.Equal(0, replica.Counters.DecodeRows);
    }

    [Fact]
    public void A_step_takes_decode_rows_first_and_then_prompts_in_order_of_age_up_to_its_rows()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxBatchRows = 16 });
        replica.Enqueue(Requests.Of("a", 3, 9));
        replica.Enqueue(Requests.Of("b", 2, 9));
        replica.MustPlan();
        replica.Complete();
        replica.Enqueue(Requests.Of("c", 10, 9));
        replica.Enqueue(Requests.Of("d", 10, 9));

        Assert.Equal([(3, 1), (2, 1), (0, 10), (0, 4)], Chunks(replica.MustPlan()));
        replica.Complete();
        Assert.Equal([(4, 1), (3, 1), (10, 1), (4, 6)], Chunks(replica.MustPlan()));
        Assert.Equal((5, 25), (replica.Counters.DecodeRows, replica.Counters.PrefillRows));
    }

    [Fact]
    public void Requests_join_and_leave_between_steps()
    {
        var replica = new ToyReplica(Requests.Roomy);
        replica.Enqueue(Requests.Of("short", 3, 2));
        replica.Enqueue(Requests.Of("long", 3, 9));
        replica.MustPlan();
        replica.Complete();
        replica.Enqueue(Requests.Of("late", 3, 9));
        Assert.Equal(3, replica.MustPlan().Chunks.Length);
        replica.Complete();
        Assert.Equal(FinishReason.Length, replica.Finished["short"]);
        Assert.Equal(2, replica.MustPlan().Chunks.Length);
        Assert.Equal(2, replica.Counters.Running);
    }

    [Fact]
    public void When_rows_are_scarce_decoding_sequences_take_turns()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxBatchRows = 3 });
        foreach (var id in (string[])["a", "b", "c", "d", "e"])
            replica.Enqueue(Requests.Of(id, 1, 99));
        for (var step = 0; step < 60; step++)
        {
            replica.MustPlan();
            replica.Complete();
            // d and e find no rows left beside the three that decode.
            Assert.All(replica.Live.Take(3), s => Assert.Equal(step + 1, s.CompletionTokens));
        }

        replica = new ToyReplica(Requests.Roomy with { MaxBatchRows = 3, BatchesInFlight = 2 });
        foreach (var id in (string[])["a", "b", "c", "d", "e"])
            replica.Enqueue(Requests.Of(id, 1, 99));
        for (var step = 0; step < 60; step++)
        {
            while (replica.Plan() is not null)
                continue;
            replica.Complete();
        }

        Assert.InRange(replica.Live.Max(s => s.CompletionTokens) - replica.Live.Min(s => s.CompletionTokens), 0, 2);
    }

    [Fact]
    public void A_sequence_is_admitted_with_blocks_for_all_that_is_known_of_it_and_one_spare_block_for_each_that_runs()
    {
        // 5 blocks: a has 1, b needs 2 beside the spare one of a; then c needs 1 beside two spare ones.
        var replica = new ToyReplica(Requests.Roomy with { Blocks = new KvBlockCounts(5, 99) });
        replica.Enqueue(Requests.Of("a", 9, 40));
        replica.Enqueue(Requests.Of("b", 20, 24));
        replica.Enqueue(Requests.Of("c", 9, 24));
        replica.MustPlan();
        Assert.Equal((1, 2), (replica.Counters.Waiting, replica.Counters.Running));
        Assert.Equal(3, replica.Counters.BlocksUsed.Global);
        replica.RunToEnd();
    }

    [Fact]
    public void A_short_request_does_not_overtake_a_long_one_that_waits_for_blocks()
    {
        var replica = new ToyReplica(Requests.Roomy with { Blocks = new KvBlockCounts(5, 99) });
        replica.Enqueue(Requests.Of("a", 9, 40));
        replica.Enqueue(Requests.Of("b", 60, 10));
        replica.Enqueue(Requests.Of("c", 9, 1));
        replica.MustPlan();
        Assert.Equal((2, 1), (replica.Counters.Waiting, replica.Counters.Running));
        replica.RunToEnd();
        Assert.Equal(["a", "b", "c"], replica.Finished.Keys.Order());
    }

    [Fact]
    public void No_more_sequences_run_than_there_are_numbers()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 2 });
        foreach (var id in (string[])["a", "b", "c"])
            replica.Enqueue(Requests.Of(id, 4, 4));
        Assert.Equal(2, replica.MustPlan().Admissions.Length);
        replica.RunToEnd();
        Assert.Equal(3, replica.Finished.Count);
    }

    private static (int Start, int Count)[] Chunks(StepBatch batch)
    {
        var chunks = new List<(int, int)>();
        foreach (ref readonly var chunk in batch.Chunks)
            chunks.Add((chunk.Start, chunk.Count));
        return [.. chunks];
    }
}
