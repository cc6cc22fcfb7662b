using Baichuan.Testing.Histories;

namespace Baichuan.Cluster.EndToEnd.Histories;

/// <summary>The checker finds what is planted, and nothing in what is right.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly Dictionary<string, ReferenceAnswer> Reference = new()
    {
        ["q"] = ReferenceAnswer.Of([10, 11, 12, 13], "abc\u00e9", "length"),
    };

    [Fact]
    public void A_history_that_keeps_the_contract_is_clean()
    {
        var report = Check(Good);

        Assert.Empty(report.Violations);
        Assert.Equal(new HistoryReport(1, 0, 0, 0, 0, []), report with { Violations = [] });
    }

    [Fact]
    public void It_survives_its_file() => Assert.True(Check([.. Good.Select(HistoryFile.ToLine).Select(HistoryFile.Parse)]).IsClean);

    [Fact]
    public void A_missing_event_is_lost_tokens_and_another_hash()
    {
        var report = Check([Good[0], Good[2], Good[3]]);

        Assert.Equal((2, 0, 1), (report.LostTokens, report.DoubleTokens, report.HashMismatches));
    }

    [Fact]
    public void Tokens_that_lack_at_the_end_are_lost()
    {
        var report = Check([Good[0], Good[1], Good[3]]);

        Assert.Equal((2, 1), (report.LostTokens, report.HashMismatches));
    }

    [Fact]
    public void A_repeated_event_is_double_tokens()
    {
        var report = Check([Good[0], Good[1], Good[1], Good[2], Good[3]]);

        Assert.Equal((0, 2, 1), (report.LostTokens, report.DoubleTokens, report.HashMismatches));
    }

    [Fact]
    public void Events_out_of_order_are_found() => Assert.False(Check([Good[0], Good[2], Good[1], Good[3]]).IsClean);

    [Fact]
    public void Another_text_is_another_hash() => Assert.Equal(1, Check([Good[0], Good[1] with { Text = "aX" }, Good[2], Good[3]]).HashMismatches);

    [Fact]
    public void Another_token_is_another_hash() => Assert.Equal(1, Check([Good[0], Good[1] with { Tokens = [10, 99] }, Good[2], Good[3]]).HashMismatches);

    [Fact]
    public void Half_a_character_is_found() =>
        Assert.Contains(Check([Good[0], Good[1] with { Text = "a\ud83d" }, Good[2], Good[3]]).Violations, sentence => sentence.Contains("half a character"));

    [Fact]
    public void Broken_bytes_are_found() =>
        Assert.Contains(Check([Good[0], Good[1], Good[2] with { Text = "c\ufffd" }, Good[3]]).Violations, sentence => sentence.Contains("broken characters"));

    [Fact]
    public void A_stream_without_an_end_has_failed() => Assert.Equal(1, Check(Good[..3]).Failed);

    [Fact]
    public void A_stream_that_broke_has_failed() => Assert.Equal(1, Check([.. Good[..3], Good[3] with { Kind = HistoryKind.Broken }]).Failed);

    [Fact]
    public void Another_reason_has_failed() => Assert.Equal(1, Check([.. Good[..3], Good[3] with { Reason = "error" }]).Failed);

    [Fact]
    public void A_second_end_is_found() => Assert.False(Check([.. Good, Good[3]]).IsClean);

    [Fact]
    public void Tokens_after_the_end_are_found() => Assert.False(Check([Good[0], Good[1], Good[3], Good[2]]).IsClean);

    [Fact]
    public void A_second_start_is_found() => Assert.False(Check([Good[0], .. Good]).IsClean);

    [Fact]
    public void Tokens_before_the_start_are_found() => Assert.False(Check([Good[1], Good[0], Good[2], Good[3]]).IsClean);

    [Fact]
    public void A_request_that_the_reference_does_not_know_is_found() => Assert.False(HistoryChecker.Check(Good, new Dictionary<string, ReferenceAnswer>()).IsClean);

    [Fact]
    public void Each_stream_stands_for_itself()
    {
        var report = Check([.. Good, .. Good[..2].Select(happened => happened with { Stream = "s2" })]);

        Assert.Equal((2, 1), (report.Streams, report.Failed));
    }

    [Fact]
    public void A_stall_is_the_longest_gap_that_ends_between_a_fault_and_the_next()
    {
        HistoryEvent[] history = [At(0, HistoryKind.Started), At(1, HistoryKind.Tokens), At(1.5, HistoryKind.Tokens), At(3.5, HistoryKind.Tokens), At(4.5, HistoryKind.Finished)];

        Assert.Equal([[2], [1]], StreamStalls.Of(history, [(2, 2), (4, 4)]));
        Assert.Equal([[]], StreamStalls.Of(history, [(5, 5)]));
    }

    [Fact]
    public void A_fault_that_lasts_stalls_streams_that_begin_while_it_does()
    {
        HistoryEvent[] history = [At(1, HistoryKind.Tokens), At(3, HistoryKind.Tokens)];

        Assert.Equal([[2]], StreamStalls.Of(history, [(0, 2)]));
        Assert.Equal([[]], StreamStalls.Of(history, [(0, 0)]));
        Assert.Equal([[]], StreamStalls.Of(history[..1], [(0, 2)]));
    }

    private static HistoryEvent[] Good =>
    [
        At(0.1, HistoryKind.Started),
        At(0.2, HistoryKind.Tokens) with { First = 0, Tokens = [10, 11], Text = "ab" },
        At(0.3, HistoryKind.Tokens) with { First = 2, Tokens = [12, 13], Text = "c\u00e9" },
        At(0.4, HistoryKind.Finished) with { Reason = "length" },
    ];

    private static HistoryEvent At(double seconds, HistoryKind kind) => new() { Stream = "s1", Request = "q", Seconds = seconds, Kind = kind };

    private static HistoryReport Check(HistoryEvent[] history) => HistoryChecker.Check(history, Reference);
}
