using System.Buffers;

namespace Baichuan.Model.Text.Bpe;

/// <summary>Finds the tokens that stand beside the vocabulary in a text: the leftmost, and of several at one place the longest. Immutable.</summary>
internal sealed class SpecialTokenFinder
{
    private readonly AddedToken[] _longestFirst;
    private readonly SearchValues<string> _texts;

    public SpecialTokenFinder(IEnumerable<AddedToken> tokens)
    {
        _longestFirst = [.. tokens.OrderByDescending(token => token.Text.Length)];
        _texts = SearchValues.Create([.. _longestFirst.Select(token => token.Text)], StringComparison.Ordinal);
    }

    /// <summary>The first token of the text and where it starts; null, and the text's length, where there is none.</summary>
    public AddedToken? First(ReadOnlySpan<char> text, out int start)
    {
        start = text.IndexOfAny(_texts);
        if (start < 0)
        {
            start = text.Length;
            return null;
        }

        foreach (var token in _longestFirst)
        {
            if (text[start..].StartsWith(token.Text, StringComparison.Ordinal))
                return token;
        }

        throw new InvalidOperationException("A special token was found but is not in the list it was searched by.");
    }
}
