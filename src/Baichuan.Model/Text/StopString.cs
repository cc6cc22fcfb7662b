namespace Baichuan.Model.Text;

/// <summary>
/// One stop string, and how much of it the text so far ends with (Knuth, Morris and Pratt 1977): constant work per character on average, and no look
/// back into the text.
/// </summary>
internal sealed class StopString
{
    private readonly int[] _fallback; // [Text.Length]: after this many + 1 matching characters, the longest shorter start that they end with
    private int _matched;

    public StopString(string text)
    {
        Text = text;
        _fallback = new int[text.Length];
        for (var i = 1; i < text.Length; i++)
            _fallback[i] = Advance(_fallback[i - 1], text[i]);
    }

    public string Text { get; }

    /// <summary>The longest start of the stop string, in characters, that the text so far ends with.</summary>
    public int Matched => _matched;

    /// <summary>Takes the next character; true when it completes the stop string, after which there is no next one.</summary>
    public bool Push(char next)
    {
        _matched = Advance(_matched, next);
        return _matched == Text.Length;
    }

    private int Advance(int matched, char next)
    {
        while (matched > 0 && Text[matched] != next)
            matched = _fallback[matched - 1];
        return Text[matched] == next ? matched + 1 : 0;
    }
}
