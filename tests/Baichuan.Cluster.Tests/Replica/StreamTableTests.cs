using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Replica;
using Baichuan.Cluster.Telemetry;
using Baichuan.Cluster.Tests.Telemetry;
using Baichuan.Model.Execution;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Replica;

public sealed class StreamTableTests
{
    // Metrics are the process's: each test has a replica of its own.
    private static int _replicas = 700_000;

    private readonly int _replica = Interlocked.Increment(ref _replicas);
    private readonly FakeTimeProvider _time = new();
    private readonly StreamTable _table;

    public StreamTableTests() => _table = new StreamTable(_time, new StepMetrics(_replica), TimeSpan.Zero);

    [Fact]
    public async Task A_call_returns_what_is_new_and_not_what_was_sent()
    {
        var stream = _table.Open("gateway", "request", "client", 0);
        Publish(11);
        Assert.Equal((int[])[11], Tokens(await Next((stream.Id, 0)), stream.Id));
        Publish(12);

        Assert.Equal((int[])[12], Tokens(await Next((stream.Id, 1)), stream.Id));
    }

    [Fact]
    public async Task A_delivery_lasts_from_a_token_to_the_call_that_says_it_has_come()
    {
        var stream = _table.Open("gateway", "request", "client", 0);
        Publish(11);
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Publish(12);
        await Next((stream.Id, 0));
        _time.Advance(TimeSpan.FromMilliseconds(3));
        Publish(13);
        await Next((stream.Id, 2));

        Assert.Equal(1, await Samples.ReadAsync($"baichuan_step_delivery_seconds_count{{replica=\"{_replica}\"}}"));
        Assert.Equal(.005, await Samples.ReadAsync($"baichuan_step_delivery_seconds_sum{{replica=\"{_replica}\"}}"), precision: 9);
    }

    [Fact]
    public async Task A_lower_cursor_brings_lost_tokens_again()
    {
        var stream = _table.Open("gateway", "request", "client", 0);
        Publish(11);
        Publish(12);
        await Next((stream.Id, 0)); // its answer is lost

        Assert.Equal((int[])[11, 12], Tokens(await Next((stream.Id, 0)), stream.Id));
    }

    [Fact]
    public async Task A_waiting_call_wakes_for_a_stream_that_was_opened_after_it_began()
    {
        var waiting = Next();
        var stream = _table.Open("gateway", "request", "client", 0);
        Publish(11);

        Assert.Equal((int[])[11], Tokens(await waiting, stream.Id));
    }

    [Fact]
    public async Task A_waiting_call_ends_empty_after_its_time()
    {
        var waiting = Next();
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, (await waiting).Updates.Length);
    }

    [Fact]
    public async Task Tokens_of_fast_steps_are_handed_on_together_but_the_first_and_the_end_at_once()
    {
        var table = new StreamTable(_time, new StepMetrics(_replica), TimeSpan.FromMilliseconds(20));
        var stream = table.Open("gateway", "request", "client", 0);
        void Publish(int token, StreamEnd end = StreamEnd.None) => table.Publish("gateway/request", new SampledToken { Token = token }, default, end);
        Task<StreamUpdates> Call(int next) => table.NextAsync(
            new NextRequest { Gateway = "gateway", Cursors = MemoryMarshal.AsBytes([new StreamCursor(stream.Id, (uint)next)]).ToArray(), MaxWait = TimeSpan.FromSeconds(1) }, () => 1);
        _time.Advance(TimeSpan.FromSeconds(1));

        Publish(11);
        Assert.Equal((int[])[11], Tokens(await Call(0), stream.Id));
        var waiting = Call(1);
        _time.Advance(TimeSpan.FromMilliseconds(8));
        Publish(12);
        _time.Advance(TimeSpan.FromMilliseconds(8));
        Publish(13);
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(8));
        Publish(14);
        Assert.Equal((int[])[12, 13, 14], Tokens(await waiting, stream.Id));

        Publish(15);
        waiting = Call(4);
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(20)); // nothing comes that would wake it
        Assert.Equal((int[])[15], Tokens(await waiting, stream.Id));

        Publish(16, StreamEnd.Length);
        Assert.Equal((int[])[16], Tokens(await Call(5), stream.Id));
    }

    [Fact]
    public Task A_call_that_was_given_up_takes_nothing_from_the_next() => InOneContext(async () =>
    {
        var stream = _table.Open("gateway", "request", "client", 0);
        var abandoned = Next((stream.Id, 0));
        var current = Next((stream.Id, 0));
        Publish(11);

        Assert.Equal((int[])[11], Tokens(await current, stream.Id));
        Assert.Equal(0, (await abandoned).Updates.Length);
    });

    [Fact]
    public async Task A_stream_that_is_not_here_is_reported_as_unknown()
    {
        var update = (await Next((99, 5))).Updates[0];

        Assert.Equal((99ul, StreamEnd.Unknown), (update.Stream, update.End));
    }

    [Fact]
    public async Task An_end_is_told_until_it_is_acknowledged_by_silence_about_the_stream()
    {
        var stream = _table.Open("gateway", "request", "client", 0);
        _table.Publish("gateway/request", null, default, StreamEnd.Length);
        Assert.Equal(StreamEnd.Length, (await Next((stream.Id, 0))).Updates[0].End);
        Assert.Equal(StreamEnd.Length, (await Next((stream.Id, 0))).Updates[0].End);

        await NextAfterDelivery();
        Assert.Equal(StreamEnd.Unknown, (await Next((stream.Id, 0))).Updates[0].End);
    }

    [Fact]
    public async Task The_first_token_of_a_stream_that_was_submitted_again_has_the_index_after_those_that_the_gateway_has()
    {
        var stream = _table.Open("gateway", "request", "client", 7);
        Publish(11);

        Assert.Equal(7, (await Next((stream.Id, 7))).Updates[0].FirstIndex);
    }

    [Fact]
    public void A_silent_gateway_loses_its_sequences_after_ten_seconds_and_not_before()
    {
        _table.Open("gateway", "request", "client", 0);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(_table.DropSilent());
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["gateway/request"], _table.DropSilent());
    }

    [Fact]
    public void What_another_gateway_has_taken_over_is_not_kept_for_one_that_seems_to_be_gone()
    {
        _table.Open("gateway", "request", "client", 0);
        _table.Open("gateway", "alone", "another client", 0);
        _time.Advance(TimeSpan.FromSeconds(1));
        _table.Open("second", "resumed", "client", 5);
        Assert.Empty(_table.DropSilent());
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["gateway/request"], _table.DropSilent());
        Assert.Empty(_table.DropSilent());
        Assert.NotNull(_table.Find("second", "resumed"));
    }

    [Fact]
    public void Tokens_do_not_keep_a_silent_gateway_alive()
    {
        _table.Open("gateway", "request", "client", 0);
        _time.Advance(TimeSpan.FromSeconds(11));
        Publish(11);

        Assert.Equal(["gateway/request"], _table.DropSilent());
    }

    [Fact]
    public void A_closed_stream_names_its_sequence_once()
    {
        var stream = _table.Open("gateway", "request", "client", 0);

        Assert.Equal("gateway/request", _table.Close("gateway", stream.Id));
        Assert.Null(_table.Close("gateway", stream.Id));
    }

    /// <summary>One thing at a time, as in a grain.</summary>
    private static Task InOneContext(Func<Task> test) =>
        Task.Factory.StartNew(test, TestContext.Current.CancellationToken, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    private void Publish(int token) => _table.Publish("gateway/request", new SampledToken { Token = token }, default, StreamEnd.None);

    private Task<StreamUpdates> Next(params (ulong Stream, long Next)[] cursors) => _table.NextAsync(
        new NextRequest
        {
            Gateway = "gateway",
            Cursors = MemoryMarshal.AsBytes<StreamCursor>(cursors.Select(cursor => new StreamCursor(cursor.Stream, cursor.Next)).ToArray()).ToArray(),
            MaxWait = TimeSpan.FromSeconds(1),
        },
        () => 1);

    private async Task NextAfterDelivery()
    {
        var call = Next();
        _time.Advance(TimeSpan.FromSeconds(1));
        await call;
    }

    private static int[] Tokens(StreamUpdates updates, ulong stream)
    {
        foreach (ref readonly var update in updates.Updates)
        {
            if (update.Stream == stream)
                return [.. updates.Tokens(update).ToArray().Select(token => token.Token)];
        }

        return [];
    }
}
