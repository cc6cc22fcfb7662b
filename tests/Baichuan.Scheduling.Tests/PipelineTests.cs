using Baichuan.Model.Execution;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

public sealed class PipelineTests
{
    [Theory]
    [InlineData(2, 8, new[] { 4, 4 })]
    [InlineData(2, 9, new[] { 5, 4 })]
    [InlineData(4, 8, new[] { 2, 2, 2, 2 })]
    [InlineData(4, 2, new[] { 1, 1 })]
    [InlineData(1, 8, new[] { 8 })]
    public void Decoding_sequences_are_spread_over_the_stages(int stages, int running, int[] rows)
    {
        var replica = Decoding(stages, running);
        for (var round = 0; round < 3; round++)
        {
            foreach (var expected in rows)
                Assert.Equal(expected, replica.MustPlan().Rows);
            Assert.Null(replica.Plan());
            while (replica.Results.Count > 0)
                replica.Complete();
        }
    }

    [Fact]
    public void Every_completed_step_is_followed_by_one_with_as_many_decode_rows()
    {
        var replica = Decoding(stages: 2, running: 8);
        replica.MustPlan();
        replica.MustPlan();
        for (var step = 0; step < 20; step++)
        {
            replica.Complete();
            Assert.Equal(4, replica.MustPlan().Rows);
            Assert.Null(replica.Plan());
        }
    }

    [Fact]
    public void Uneven_steps_even_out_again()
    {
        var replica = Decoding(stages: 2, running: 7);
        replica.MustPlan();
        replica.MustPlan();
        foreach (var sequence in replica.Live.Take(3).ToArray())
            replica.Cancel(sequence);
        // Three of the first step's four are gone: 1 and 3 rows are in flight.
        int[] rows = [.. Enumerable.Range(0, 4).Select(_ =>
        {
            replica.Complete();
            return replica.MustPlan().Rows;
        })];
        Assert.Equal([1, 2, 2, 2], rows);
    }

    [Fact]
    public void A_single_sequence_is_planned_at_once_and_never_twice()
    {
        var replica = Decoding(stages: 4, running: 1);
        for (var step = 0; step < 5; step++)
        {
            Assert.Equal(1, replica.MustPlan().Rows);
            Assert.Null(replica.Plan());
            replica.Complete();
        }
    }

    [Fact]
    public void Chunks_of_one_prompt_are_in_consecutive_steps_in_flight()
    {
        var replica = new ToyReplica(Requests.Roomy with { BatchesInFlight = 3, MaxBatchRows = 16 });
        replica.Enqueue(Requests.Of("a", 60, 4));
        Assert.Equal([0, 16, 32], [replica.MustPlan().Chunks[0].Start, replica.MustPlan().Chunks[0].Start, replica.MustPlan().Chunks[0].Start]);
        Assert.Null(replica.Plan());
        Assert.Equal(3, replica.Counters.StepsInFlight);
        replica.Complete();
        var last = replica.MustPlan().Chunks[0];
        Assert.Equal((48, 12, ChunkFlags.Sample), (last.Start, last.Count, last.Flags));
    }

    [Fact]
    public void Results_may_come_in_any_order()
    {
        var replica = new ToyReplica(Requests.Roomy with { BatchesInFlight = 2, MaxBatchRows = 8 });
        var sequence = replica.Enqueue(Requests.Of("a", 12, 4));
        replica.MustPlan();
        replica.MustPlan();
        replica.Complete(1);
        Assert.Equal(1, sequence.CompletionTokens);
        Assert.Equal(12, replica.MustPlan().Chunks[0].Start);
        replica.Complete(0);
        Assert.Equal(1, sequence.CompletionTokens);
        replica.RunToEnd();
    }

    /// <summary>A replica whose sequences all know their first token.</summary>
    private static ToyReplica Decoding(int stages, int running)
    {
        var replica = new ToyReplica(Requests.Roomy with { BatchesInFlight = stages });
        for (var i = 0; i < running; i++)
            replica.Enqueue(Requests.Of($"{i}", 5, 99));
        Assert.Equal(running * 5, replica.MustPlan().Rows);
        Assert.Null(replica.Plan());
        replica.Complete();
        return replica;
    }
}
