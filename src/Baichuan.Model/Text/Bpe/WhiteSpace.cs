namespace Baichuan.Model.Text.Bpe;

/// <summary>The ends of the patterns, shared by all: <c>\s+(?!\S)|\s+</c>.</summary>
internal static class WhiteSpace
{
    /// <summary>
    /// A run of white space is one word, but gives its last character to the word that follows: as that word's leading space, or as a word of its own.
    /// </summary>
    public static int FirstWord(ReadOnlySpan<char> text)
    {
        // All white space lies in the first plane, so that the last character is one char.
        var end = CharacterKinds.EndOfRun(text, 0, CharacterKind.Space);
        return end == text.Length || end == 1 ? end : end - 1;
    }
}
