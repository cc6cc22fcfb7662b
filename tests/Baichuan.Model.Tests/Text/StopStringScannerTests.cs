using Baichuan.Model.Text;
using CsCheck;

namespace Baichuan.Model.Tests.Text;

public sealed class StopStringScannerTests
{
    private static readonly Gen<string> _text = Gen.Char["abc"].Array[0, 24].Select(characters => new string(characters));
    private static readonly Gen<string[]> _stops = Gen.Char["abc"].Array[1, 5].Select(characters => new string(characters)).Array[0, 4];

    [Fact]
    public void Text_ends_before_the_first_stop_string_however_it_is_cut()
    {
        Gen.Select(_text, _stops, Gen.Int[0, 24].Array[0, 24]).Sample(
            (text, stops, cuts) => AssertLikeNaive(Cut(text, cuts), stops),
            iter: 20_000);
    }

    [Fact]
    public void Text_ends_before_the_first_stop_string_wherever_it_is_cut_in_two()
    {
        const string Text = "one 中😀 two, END and more END";
        foreach (var stop in (string[])["END", "中😀", "😀 two", "o", "one", "more END", "END.", "two, END and"])
        {
            for (var at = 0; at <= Text.Length; at++)
                AssertLikeNaive([Text[..at], Text[at..]], [stop]);
        }
    }

    [Fact]
    public void Nothing_leaves_that_could_belong_to_a_stop_string()
    {
        Gen.Select(_text, _stops, Gen.Int[0, 24].Array[0, 24]).Sample(
            (text, stops, cuts) =>
            {
                var scanner = new StopStringScanner(stops);
                var (pushed, sent) = ("", "");
                foreach (var piece in Cut(text, cuts))
                {
                    var scan = scanner.Push(piece, insideCharacter: false);
                    (pushed, sent) = (pushed + piece, sent + scan.Text);
                    if (scan.Match is not null)
                        return;
                    var held = pushed[sent.Length..];
                    Assert.StartsWith(sent, pushed);
                    foreach (var stop in stops)
                        Assert.DoesNotContain(Enumerable.Range(0, sent.Length), at => stop.StartsWith(pushed[at..], StringComparison.Ordinal));
                    if (!stops.Any(stop => Enumerable.Range(1, stop.Length).Any(length => pushed.EndsWith(stop[..length], StringComparison.Ordinal))))
                        Assert.Equal("", held);
                }
            },
            iter: 10_000);
    }

    [Fact]
    public void What_was_sent_is_always_the_text_of_the_released_tokens()
    {
        var ids = Gen.OneOf(Gen.Int[6, 261], Gen.Int[150, 261], Gen.Int[0, 4095]).Array[0, 30];
        Gen.Select(ids, Gen.OneOf("e", " ", "in", "\uFFFD", "Ã", "a").Array[0, 3]).Sample(
            (tokens, stops) =>
            {
                var decoder = new StreamingDecoder(TestData.Demo, skipSpecial: true);
                var scanner = new StopStringScanner(stops);
                var (sent, released) = ("", 0);
                foreach (var token in tokens)
                {
                    var scan = scanner.Push(decoder.Push(token), decoder.HoldsBytes);
                    (sent, released) = (sent + scan.Text, released + scan.Tokens);
                    var whole = TestData.Demo.Decode(tokens.AsSpan(0, released), skipSpecial: true);
                    if (scan.Match is not null)
                    {
                        Assert.StartsWith(whole, sent);
                        return;
                    }

                    Assert.Equal(whole, sent);
                }

                var last = scanner.Flush(decoder.Flush());
                if (last.Match is null)
                    Assert.Equal((TestData.Demo.Decode(tokens, skipSpecial: true), tokens.Length), (sent + last.Text, released + last.Tokens));
            },
            iter: 10_000);
    }

    [Fact]
    public void A_token_leaves_when_none_of_it_can_be_a_stop_string_any_more()
    {
        var scanner = new StopStringScanner(["END"]);
        Assert.Equal(new StopScan("a ", 1, null), scanner.Push("a ", false));
        Assert.Equal(new StopScan("", 0, null), scanner.Push("bE", false));
        Assert.Equal(new StopScan("", 0, null), scanner.Push("N", false));
        Assert.Equal(new StopScan("bENx", 3, null), scanner.Push("x", false));
    }

    [Fact]
    public void The_token_in_which_a_match_begins_is_not_released_but_its_text_before_the_match_is_sent()
    {
        var scanner = new StopStringScanner(["END"]);
        Assert.Equal(new StopScan("a ", 1, null), scanner.Push("a ", false));
        Assert.Equal(new StopScan("", 0, null), scanner.Push("bE", false));
        Assert.Equal(new StopScan("b", 0, "END"), scanner.Push("NDx", false));
    }

    [Fact]
    public void Tokens_before_a_match_at_a_token_boundary_are_all_released()
    {
        var scanner = new StopStringScanner(["ENDE"]);
        Assert.Equal(new StopScan("", 0, null), scanner.Push("E", false));
        Assert.Equal(new StopScan("", 0, null), scanner.Push("N", false));
        Assert.Equal(new StopScan("EN", 2, null), scanner.Push("EN", false));
        Assert.Equal(new StopScan("", 0, "ENDE"), scanner.Push("DE", false));
    }

    [Fact]
    public void A_token_that_ends_inside_a_character_leaves_with_the_token_that_ends_it()
    {
        var scanner = new StopStringScanner([]);
        Assert.Equal(new StopScan("", 0, null), scanner.Push("", insideCharacter: true));
        Assert.Equal(new StopScan("中", 2, null), scanner.Push("中", insideCharacter: false));
        Assert.Equal(new StopScan("", 0, null), scanner.Push("", insideCharacter: true));
        Assert.Equal(new StopScan("\uFFFD", 1, null), scanner.Flush("\uFFFD"));
    }

    [Fact]
    public void Of_stop_strings_that_end_together_the_longest_is_taken()
    {
        var scanner = new StopStringScanner(["c", "abc", "bc"]);
        Assert.Equal(new StopScan("x", 0, "abc"), scanner.Push("xabcd", false));
    }

    [Fact]
    public void The_stop_string_that_is_complete_first_is_taken()
    {
        var scanner = new StopStringScanner(["abcd", "bc"]);
        Assert.Equal(new StopScan("a", 0, "bc"), scanner.Push("abcd", false));
    }

    [Fact]
    public void Nothing_follows_the_end()
    {
        var stopped = new StopStringScanner(["."]);
        stopped.Push(".", false);
        Assert.Throws<InvalidOperationException>(() => stopped.Push("a", false));
        var flushed = new StopStringScanner([]);
        flushed.Flush("");
        Assert.Throws<InvalidOperationException>(() => flushed.Flush(""));
    }

    [Fact]
    public void Stop_strings_that_cannot_be_searched_are_refused_without_being_quoted()
    {
        Assert.Contains("17 stop strings; at most 16", Refusal([.. Enumerable.Repeat("a", 17)]));
        Assert.Contains("Stop string 1 has 0 characters", Refusal(["a", ""]));
        Assert.Contains("Stop string 0 has 257 characters", Refusal([new string('q', 257)]));
        Assert.Contains("half a surrogate pair", Refusal(["\uDE00"]));
        Assert.DoesNotContain("qqq", Refusal([new string('q', 257)]));
    }

    [Fact]
    public void A_text_that_goes_on_almost_matching_is_held_no_longer_than_the_stop_string_and_its_tokens()
    {
        var scanner = new StopStringScanner([new string('a', 255) + "b"]);
        for (var i = 0; i < 1000; i++)
            Assert.Null(scanner.Push(new string('a', 100), false).Match);
        Assert.Equal(300, scanner.Flush("").Text.Length);
    }

    private static string Refusal(string[] stops) => Assert.Throws<ArgumentException>(() => new StopStringScanner(stops)).Message;

    private static void AssertLikeNaive(IReadOnlyList<string> pieces, string[] stops)
    {
        var text = string.Concat(pieces);
        var match = stops.Select(stop => (Text: stop, Start: text.IndexOf(stop, StringComparison.Ordinal))).Where(stop => stop.Start >= 0)
            .OrderBy(stop => stop.Start + stop.Text.Length).ThenByDescending(stop => stop.Text.Length).FirstOrDefault();
        var end = match.Text is null ? text.Length : match.Start;
        var (wholeTokens, length) = (0, 0);
        while (wholeTokens < pieces.Count && (length += pieces[wholeTokens].Length) <= end)
            wholeTokens++;

        var scanner = new StopStringScanner(stops);
        var (sent, released, found) = ("", 0, (string?)null);
        for (var i = 0; i <= pieces.Count && found is null; i++)
        {
            var scan = i < pieces.Count ? scanner.Push(pieces[i], insideCharacter: false) : scanner.Flush("");
            (sent, released, found) = (sent + scan.Text, released + scan.Tokens, scan.Match);
        }

        Assert.Equal((match.Text, text[..end]), (found, sent));
        Assert.True(match.Text is null ? released == pieces.Count : released <= wholeTokens && released >= wholeTokens - EmptyAt(pieces, wholeTokens));
    }

    /// <summary>Empty tokens right at the match may come after it.</summary>
    private static int EmptyAt(IReadOnlyList<string> pieces, int end)
    {
        var count = 0;
        while (end - count > 0 && pieces[end - count - 1].Length == 0)
            count++;
        return count;
    }

    private static List<string> Cut(string text, int[] cuts)
    {
        var places = cuts.Select(cut => Math.Min(cut, text.Length)).Append(0).Append(text.Length).Order().ToArray();
        return [.. Enumerable.Range(0, places.Length - 1).Select(i => text[places[i]..places[i + 1]])];
    }
}
