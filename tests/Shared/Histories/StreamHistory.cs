using System.Text;

namespace Baichuan.Testing.Histories;

/// <summary>One stream of a history while it is read, and what is wrong with it.</summary>
internal sealed class StreamHistory(string name, string request)
{
    private readonly List<int> _tokens = [];
    private readonly StringBuilder _text = new();
    private readonly List<string> _violations = [];
    private HistoryEvent? _end;
    private int _next; // index of the token that must come
    private bool _started;
    private double _seconds;

    public string Request => request;

    public bool HasFailed { get; private set; }

    public bool HasOtherHash { get; private set; }

    public long Lost { get; private set; }

    public long Doubled { get; private set; }

    public IReadOnlyList<string> Violations => _violations;

    public void Add(HistoryEvent happened)
    {
        if (happened.Request != request)
            Violate($"has an event of request {happened.Request}, but is of {request}");
        if (happened.Seconds < _seconds)
            Violate($"goes back in time, from {_seconds} s to {happened.Seconds} s");
        _seconds = happened.Seconds;
        if (_end is { } end)
            Violate($"has {happened.Kind} after its end, {end.Kind}");
        switch (happened.Kind)
        {
            case HistoryKind.Started:
                if (_started)
                    Violate("started twice");
                if (_tokens.Count > 0)
                    Violate($"started after {_tokens.Count} tokens");
                _started = true;
                break;
            case HistoryKind.Tokens:
                AddTokens(happened);
                break;
            default:
                _end = happened;
                break;
        }
    }

    /// <summary>The history is over.</summary>
    public void Close(ReferenceAnswer? reference)
    {
        var text = _text.ToString();
        if (reference is null)
            Violate($"is of request {request}, which the reference does not have");
        if (!_started && _end is not { Kind: HistoryKind.Broken })
            Violate("never started");
        if (_end is not { Kind: HistoryKind.Finished } end)
        {
            Fail(_end is null ? $"has no end after {_tokens.Count} tokens" : $"broke after {_tokens.Count} tokens: {_end.Reason}");
            return;
        }

        if (reference is null)
            return;
        if (end.Reason != reference.Reason)
            Fail($"finished with {end.Reason} where the reference has {reference.Reason}");
        else if (_next < reference.Tokens)
            Lose(reference.Tokens - _next, "at its end");
        if (ReferenceAnswer.UndecodableIn(text) > reference.Undecodable)
            Violate("has broken characters that the reference does not have");
        if (ReferenceAnswer.HashOf(_tokens, text) == reference.Hash)
            return;
        HasOtherHash = true;
        Violate("has other tokens or another text than the reference");
    }

    private void AddTokens(HistoryEvent happened)
    {
        if (!_started)
            Violate("has tokens before it started");
        if (happened.First > _next)
            Lose(happened.First - _next, $"before token {happened.First}");
        if (happened.First < _next)
        {
            Doubled += Math.Min(_next - happened.First, happened.Tokens.Count);
            Violate($"has token {happened.First} again after {_next}");
        }

        _next = Math.Max(_next, happened.First + happened.Tokens.Count);

        if (!IsWhole(happened.Text))
            Violate($"has half a character in the event of token {happened.First}");
        _tokens.AddRange(happened.Tokens);
        _text.Append(happened.Text);
    }

    private void Lose(int count, string where)
    {
        Lost += count;
        Violate($"lacks {count} tokens {where}");
    }

    private void Fail(string what)
    {
        HasFailed = true;
        Violate(what);
    }

    private void Violate(string what) => _violations.Add($"Stream {name} {what}.");

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
