using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Replicas;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Gateway.Tests.Replicas;

public sealed class OpenStreamsTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly OpenStreams _streams;

    public OpenStreamsTests() => _streams = new OpenStreams(_patience, _time);

    [Fact]
    public void Tokens_after_a_gap_are_left_and_the_cursor_asks_for_the_missing_ones()
    {
        var stream = Open(1);
        _streams.Take(Frame(1, 1, 0, [10, 11]));
        _streams.Take(Frame(1, 1, 4, [14]));
        Assert.Equal([10, 11], Read(stream));
        Assert.Equal(new StreamCursor(1, 2), Assert.Single(Cursors()));
    }

    [Fact]
    public void Tokens_that_came_before_are_skipped()
    {
        var stream = Open(1);
        _streams.Take(Frame(1, 1, 0, [10, 11]));
        _streams.Take(Frame(1, 1, 0, [10, 11, 12]));
        _streams.Take(Frame(1, 1, 1, [11]));
        Assert.Equal([10, 11, 12], Read(stream));
    }

    [Fact]
    public void An_end_after_a_gap_is_no_end()
    {
        var stream = Open(1);
        _streams.Take(Frame(1, 1, 2, [12], StreamEnd.Stop));
        Assert.Empty(Read(stream));
        _streams.Take(Frame(1, 1, 0, [10, 11, 12], StreamEnd.Stop));
        Assert.Equal([10, 11, 12], Read(stream));
        Assert.Empty(Cursors());
    }

    [Fact]
    public void A_frame_of_an_earlier_epoch_is_dropped_whole()
    {
        var stream = Open(1);
        _streams.Take(Frame(7, 1, 0, [10]));
        Assert.Throws<StaleEpochException>(() => _streams.Take(Frame(6, 1, 1, [99], StreamEnd.Stop)));
        Assert.Equal([10], Read(stream));
        Assert.Single(Cursors());
    }

    [Fact]
    public void What_comes_before_the_answer_to_the_submission_is_not_lost()
    {
        _streams.Take(Frame(1, 5, 0, [10]));
        _streams.Take(Frame(1, 5, 1, [11], StreamEnd.Length));
        var stream = Open(5);
        Assert.Equal([10, 11], Read(stream));
        Assert.Empty(Cursors());
    }

    [Fact]
    public void A_stream_that_nobody_reads_is_cancelled_after_a_while()
    {
        Assert.Empty(_streams.Take(Frame(1, 5, 0, [10])));
        _time.Advance(_patience * 2);
        Assert.Equal([5UL], _streams.Take(Frame(1, 5, 1, [11])));
    }

    [Fact]
    public void A_resubmitted_stream_goes_on_after_the_tokens_that_it_had()
    {
        var stream = Open(1, received: 3);
        Assert.Equal(new StreamCursor(1, 3), Assert.Single(Cursors()));
        _streams.Take(Frame(1, 1, 3, [13]));
        Assert.Equal([13], Read(stream));
    }

    [Fact]
    public void A_replica_that_is_given_up_loses_every_stream()
    {
        var (one, two) = (Open(1), Open(2));
        Assert.Equal(2, _streams.Lose(all: true).Count);
        Assert.Equal((StreamEnd.Unknown, StreamEnd.Unknown), (End(one), End(two)));
        Assert.Empty(Cursors());
    }

    [Fact]
    public void Streams_that_have_begun_stay_where_the_others_are_freed()
    {
        var (begun, resubmitted, queued) = (Open(1), Open(2, received: 3), Open(3));
        _streams.Take(Frame(1, 1, 0, [13]));

        Assert.Equal([3ul], _streams.Lose(all: false));
        Assert.Equal([begun.Number, resubmitted.Number], Cursors().Select(cursor => cursor.Stream));
        Assert.Equal(StreamEnd.Unknown, End(queued));
    }

    private ReplicaStream Open(ulong number, int received = 0)
    {
        var stream = new ReplicaStream(pump: null!, number, received);
        _streams.Add(stream);
        return stream;
    }

    private StreamCursor[] Cursors() => MemoryMarshal.Cast<byte, StreamCursor>(_streams.Cursors()).ToArray();

    /// <summary>What is there now.</summary>
    private static List<int> Read(ReplicaStream stream)
    {
        using var enough = new CancellationTokenSource();
        var tokens = new List<int>();
        while (stream.ReadAsync(enough.Token) is { IsCompletedSuccessfully: true } read)
            tokens.AddRange(read.Result.Tokens.Select(token => token.Id));
        enough.Cancel();
        return tokens;
    }

    private static StreamEnd End(ReplicaStream stream) => stream.ReadAsync(default).Result.End;

    private static StreamUpdates Frame(ulong epoch, ulong stream, int first, int[] tokens, StreamEnd end = StreamEnd.None)
    {
        var builder = new StreamUpdatesBuilder();
        builder.Begin(stream, first, end);
        foreach (var token in tokens)
            builder.AddToken(token, 0, []);
        return builder.Build(epoch);
    }
}
