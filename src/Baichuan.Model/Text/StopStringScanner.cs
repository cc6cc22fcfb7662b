using System.Text;

namespace Baichuan.Model.Text;

/// <summary>
/// Ends a completion at the first stop string and lets nothing out before it is certain to be sent. Takes the tokens' texts one by one, as
/// <see cref="StreamingDecoder"/> gives them. One instance per sequence, one caller at a time; its state is rebuilt by pushing the pieces again.
/// </summary>
/// <remarks>
/// <para>
/// The match is the one that is complete first; of several that end together, the longest. So it does not depend on how the text is cut into tokens.
/// </para>
/// <para>
/// Text leaves together with its tokens and only in whole tokens: what has been sent is at every time exactly the text of the tokens that have been
/// released, so that a client that knows n tokens can resume at the next. A token is held while any of its characters may belong to a stop string, or while
/// its last character waits for the bytes of the tokens after it.
/// </para>
/// <para>
/// The one exception is the end: where a match begins in the middle of a token, the token's text before the match is sent, but the token is not released.
/// It counts as a part of the stop string, as it would say more than was sent.
/// </para>
/// </remarks>
public sealed class StopStringScanner
{
    /// <summary>Most stop strings of a request.</summary>
    public const int MostStopStrings = 16;

    /// <summary>Most UTF-16 units of a stop string.</summary>
    public const int LongestStopString = 256;

    private readonly StopString[] _stops;
    private readonly StringBuilder _heldText = new();
    private readonly Queue<int> _heldTokens = new(); // for each held token with a known end: the end, in characters from the beginning of the completion
    private int _openTokens; // held tokens, after those, that end inside a character
    private int _sentLength; // characters from the beginning of the completion that are out
    private bool _ended;

    /// <exception cref="ArgumentException">There are too many stop strings, or one is empty, too long or holds half a surrogate pair.</exception>
    public StopStringScanner(IReadOnlyList<string> stopStrings)
    {
        if (stopStrings.Count > MostStopStrings)
            throw new ArgumentException($"There are {stopStrings.Count} stop strings; at most {MostStopStrings} are allowed.", nameof(stopStrings));
        for (var i = 0; i < stopStrings.Count; i++)
        {
            var text = stopStrings[i];
            if (text.Length is 0 or > LongestStopString)
                throw new ArgumentException($"Stop string {i} has {text.Length} characters; it must have 1 to {LongestStopString}.", nameof(stopStrings));
            if (Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) != text)
                throw new ArgumentException($"Stop string {i} holds half a surrogate pair; it must be Unicode.", nameof(stopStrings));
        }

        _stops = [.. stopStrings.Select(text => new StopString(text))];
    }

    /// <summary>Takes the text that one more token completed.</summary>
    /// <param name="insideCharacter">The token ends inside a character, whose text comes with a later token: <see cref="StreamingDecoder.HoldsBytes"/>.</param>
    /// <exception cref="InvalidOperationException">The completion has ended.</exception>
    public StopScan Push(string piece, bool insideCharacter)
    {
        _openTokens++;
        if (TryMatch(piece, out var end))
            return end;
        if (!insideCharacter)
            CloseTokens();
        var tokens = ReleaseTokens(_sentLength + _heldText.Length - LongestStart(), out var sentLength);
        return new StopScan(ReleaseText(sentLength), tokens, null);
    }

    /// <summary>
    /// Ends the completion: lets out all that is held, and what <see cref="StreamingDecoder.Flush"/> gave at the end, unless that completes a stop string.
    /// </summary>
    /// <exception cref="InvalidOperationException">The completion has ended.</exception>
    public StopScan Flush(string rest)
    {
        if (TryMatch(rest, out var end))
            return end;
        _ended = true;
        CloseTokens();
        var length = _sentLength + _heldText.Length;
        return new StopScan(ReleaseText(length), ReleaseTokens(length, out _), null);
    }

    private bool TryMatch(string piece, out StopScan end)
    {
        if (_ended)
            throw new InvalidOperationException("The completion has ended; it takes no more text.");
        foreach (var character in piece)
        {
            _heldText.Append(character);
            if (LongestMatch(character) is not { } match)
                continue;
            _ended = true;
            var start = _sentLength + _heldText.Length - match.Length;
            end = new StopScan(ReleaseText(start), ReleaseTokens(start, out _), match);
            return true;
        }

        end = default;
        return false;
    }

    private string? LongestMatch(char next)
    {
        string? match = null;
        foreach (var stop in _stops)
        {
            if (stop.Push(next) && (match is null || stop.Text.Length > match.Length))
                match = stop.Text;
        }

        return match;
    }

    private int LongestStart()
    {
        var longest = 0;
        foreach (var stop in _stops)
            longest = Math.Max(longest, stop.Matched);
        return longest;
    }

    private void CloseTokens()
    {
        for (; _openTokens > 0; _openTokens--)
            _heldTokens.Enqueue(_sentLength + _heldText.Length);
    }

    /// <summary>Drops the held tokens that end at or before a place, and says where the last of them, or else what has been sent, ends.</summary>
    private int ReleaseTokens(int upTo, out int end)
    {
        end = _sentLength;
        var count = 0;
        for (; _heldTokens.TryPeek(out var next) && next <= upTo; count++)
            end = _heldTokens.Dequeue();
        return count;
    }

    private string ReleaseText(int upTo)
    {
        var text = _heldText.ToString(0, upTo - _sentLength);
        _heldText.Remove(0, text.Length);
        _sentLength = upTo;
        return text;
    }
}
