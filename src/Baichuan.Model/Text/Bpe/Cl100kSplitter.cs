namespace Baichuan.Model.Text.Bpe;

/// <summary>
/// The pre-tokenizer "Split" with the pattern that later byte-level models share (cl100k and its kin), its alternatives tried in this order. They differ
/// in how many digits make a word.
/// </summary>
internal sealed class Cl100kSplitter(int mostDigits) : IWordSplitter
{
    public const string PatternOfThreeDigits = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + Tail;
    public const string PatternOfOneDigit = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + Tail;

    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Tail = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public int FirstWord(ReadOnlySpan<char> text)
    {
        if (Contraction(text) is var contraction and > 0)
            return contraction;
        var kind = CharacterKinds.At(text, 0, out var length);
        if (kind == CharacterKind.Letter)
            return CharacterKinds.EndOfRun(text, 0, kind);
        if (kind == CharacterKind.Number)
            return CharacterKinds.EndOfRun(text, 0, kind, mostDigits);
        if (text[0] is not ('\r' or '\n') && CharacterKinds.Is(text, length, CharacterKind.Letter))
            return CharacterKinds.EndOfRun(text, length, CharacterKind.Letter);
        var start = text[0] == ' ' ? 1 : 0;
        return CharacterKinds.Is(text, start, CharacterKind.Other) ? Punctuation(text, start) : Spaces(text);
    }

    private static int Punctuation(ReadOnlySpan<char> text, int start)
    {
        var end = CharacterKinds.EndOfRun(text, start, CharacterKind.Other);
        var lineBreaks = text[end..].IndexOfAnyExcept('\r', '\n');
        return lineBreaks < 0 ? text.Length : end + lineBreaks;
    }

    /// <summary><c>\s*[\r\n]+</c> goes as far as the last line break of the run of white space; without one, the run is cut as everywhere.</summary>
    private static int Spaces(ReadOnlySpan<char> text)
    {
        var lastLineBreak = text[..CharacterKinds.EndOfRun(text, 0, CharacterKind.Space)].LastIndexOfAny('\r', '\n');
        return lastLineBreak >= 0 ? lastLineBreak + 1 : WhiteSpace.FirstWord(text);
    }

    /// <summary>In any case, by Unicode's simple folding, in which U+017F (long s) is an s.</summary>
    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 'S' or '\u017F' or 't' or 'T' or 'm' or 'M' or 'd' or 'D', ..] => 2,
        ['\'', 'r' or 'R' or 'v' or 'V', 'e' or 'E', ..] => 3,
        ['\'', 'l' or 'L', 'l' or 'L', ..] => 3,
        _ => 0,
    };
}
