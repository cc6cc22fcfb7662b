using Baichuan.Model;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;
using CsCheck;

namespace Baichuan.Scheduling.Tests;

public sealed class PreemptionTests
{
    [Fact]
    public void When_blocks_run_out_the_newest_gives_way_and_goes_on_later_with_its_tokens()
    {
        var replica = new ToyReplica(Requests.Roomy with { Blocks = new KvBlockCounts(6, 99), PrefixCache = false });
        var sequences = (Sequence[])[.. ((string[])["a", "b", "c"]).Select(id => replica.Enqueue(Requests.Of(id, 12, 37)))];
        while (replica.Counters.Preemptions == 0)
        {
            replica.MustPlan();
            replica.Complete();
        }

        // 6 blocks hold 3 x 32 positions: at position 32, a needs a seventh.
        Assert.Equal([SequenceState.Running, SequenceState.Running, SequenceState.Waiting], sequences.Select(s => s.State));
        Assert.Equal(33, sequences[2].Length);
        replica.RunToEnd();
        Assert.Equal(["a", "b", "c"], replica.Finished.Keys);
    }

    [Fact]
    public void The_lower_class_gives_way_before_the_newer_request()
    {
        var replica = new ToyReplica(Requests.Roomy with { Blocks = new KvBlockCounts(6, 99) });
        replica.Enqueue(Requests.Of("batch", 12, 37, requestClass: RequestClass.Batch));
        replica.Enqueue(Requests.Of("a", 12, 37));
        replica.Enqueue(Requests.Of("b", 12, 37));
        while (replica.Counters.Preemptions == 0)
        {
            replica.MustPlan();
            replica.Complete();
        }

        Assert.Equal(SequenceState.Waiting, replica.Live.Single(s => s.RequestId == "batch").State);
        replica.RunToEnd();
    }

    [Fact]
    public void A_more_urgent_class_does_not_wait_for_numbers_or_blocks_of_a_lower_one()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 2 });
        replica.Enqueue(Requests.Of("a", 5, 99));
        replica.Enqueue(Requests.Of("b", 5, 99, requestClass: RequestClass.Batch));
        replica.MustPlan();
        replica.Complete();
        var urgent = replica.Enqueue(Requests.Of("c", 5, 9, requestClass: RequestClass.Emergency));
        replica.MustPlan();
        Assert.Equal(SequenceState.Running, urgent.State);
        Assert.Equal(SequenceState.Waiting, replica.Live[1].State);
        replica.Complete();
        replica.RunToEnd();
    }

    [Fact]
    public void A_prompt_of_a_more_urgent_class_overtakes_one_half_way()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxBatchRows = 16 });
        replica.Enqueue(Requests.Of("long", 200, 9, requestClass: RequestClass.Batch));
        replica.MustPlan();
        replica.Complete();
        replica.Enqueue(Requests.Of("urgent", 10, 9, requestClass: RequestClass.Emergency));
        Assert.Equal([10, 6], replica.MustPlan().Chunks.ToArray().Select(c => c.Count));
        replica.Complete();
        replica.RunToEnd();
        Assert.Equal(0, replica.Counters.Preemptions);
    }

    [Fact]
    public void A_token_in_flight_of_a_sequence_that_gave_way_is_not_lost()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1, BatchesInFlight = 2 });
        var first = replica.Enqueue(Requests.Of("a", 5, 9));
        replica.MustPlan();
        replica.Enqueue(Requests.Of("b", 5, 2, requestClass: RequestClass.Emergency));
        replica.MustPlan();
        Assert.Equal((SequenceState.Waiting, 0), (first.State, first.CompletionTokens));
        replica.Complete();
        Assert.Equal((SequenceState.Waiting, 1), (first.State, first.CompletionTokens));
        replica.RunToEnd();
    }

    [Fact]
    public void A_token_in_flight_is_sampled_anew_by_a_sequence_that_runs_again_before_it_comes()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1, BatchesInFlight = 3 });
        var first = replica.Enqueue(Requests.Of("a", 5, 9));
        replica.MustPlan();
        replica.Cancel(UrgentInFlight(replica));
        replica.MustPlan();
        replica.Complete();
        Assert.Equal(0, first.CompletionTokens);
        replica.RunToEnd();
        Assert.Equal(14, first.Length);
    }

    /// <summary>The bound of <see cref="Scheduler"/>: at most a step for every row that the sequences which were live then have still to run, for every
    /// stage, three times over since what they lose has to run again.</summary>
    [Fact]
    public void A_sequence_that_gave_way_runs_again_within_the_rows_of_those_that_were_live()
    {
        long preemptions = 0;
        Gen.Select(Gen.Int[6, 12], Gen.Int[1, 3], Gen.Int[4, 40], Gen.Select(Gen.Int[1, 30], Gen.Int[20, 60]).Array[4, 8]).Sample((blocks, stages, rows, sizes) =>
        {
            var replica = new ToyReplica(Requests.Roomy with
            {
                Blocks = new KvBlockCounts(blocks, blocks),
                MaxBatchRows = rows,
                BatchesInFlight = stages,
                PrefixCache = false,
            });
            for (var i = 0; i < sizes.Length; i++)
                replica.TryEnqueue(Requests.Of($"{i}", sizes[i].Item1, sizes[i].Item2), out _, out _);
            var due = new Dictionary<Sequence, long>();
            while (replica.Live.Count > 0)
            {
                var before = replica.Live.Where(s => s.State == SequenceState.Running).ToArray();
                while (replica.Plan() is not null)
                {
                    foreach (var sequence in before.Where(s => s.State == SequenceState.Waiting))
                        due.TryAdd(sequence, replica.Counters.StepsPlanned + (3L * stages * replica.Live.Sum(s => s.MaxLength)));
                    before = [.. replica.Live.Where(s => s.State == SequenceState.Running)];
                    foreach (var sequence in before)
                        due.Remove(sequence);
                    Assert.All(due.Values, step => Assert.InRange(replica.Counters.StepsPlanned, 0, step));
                }

                replica.Complete();
            }

            Interlocked.Add(ref preemptions, replica.Counters.Preemptions);
        }, iter: 1000);
        Assert.InRange(preemptions, 200, long.MaxValue);
    }

    private static Sequence UrgentInFlight(ToyReplica replica)
    {
        var urgent = replica.Enqueue(Requests.Of("b", 5, 2, requestClass: RequestClass.Emergency));
        replica.MustPlan();
        return urgent;
    }
}
