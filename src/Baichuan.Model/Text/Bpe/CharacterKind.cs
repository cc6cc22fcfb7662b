using System.Globalization;
using System.Text;

namespace Baichuan.Model.Text.Bpe;

/// <summary>The four sets that the patterns of byte-level tokenizers tell apart; every code point is in exactly one.</summary>
internal enum CharacterKind
{
    /// <summary>Everything else: [^\s\p{L}\p{N}].</summary>
    Other,

    /// <summary>\p{L}.</summary>
    Letter,

    /// <summary>\p{N}.</summary>
    Number,

    /// <summary>\s: Unicode's White_Space.</summary>
    Space,
}

internal static class CharacterKinds
{
    /// <summary>
    /// The kind of the code point at <paramref name="at"/> and its length in UTF-16 units. Code points, not chars, because letters beyond the first
    /// plane (rare Chinese names) are letters in the patterns too, which .NET's regular expressions do not see.
    /// </summary>
    public static CharacterKind At(ReadOnlySpan<char> text, int at, out int length)
    {
        Rune.DecodeFromUtf16(text[at..], out var rune, out length);
        if (Rune.IsWhiteSpace(rune))
            return CharacterKind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterKind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
            _ => CharacterKind.Other,
        };
    }

    public static bool Is(ReadOnlySpan<char> text, int at, CharacterKind kind) => at < text.Length && At(text, at, out _) == kind;

    /// <summary>Where the run of code points of one kind that covers <paramref name="at"/> ends; <paramref name="at"/> itself where there is none.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int at, CharacterKind kind, int mostCodePoints = int.MaxValue)
    {
        for (; mostCodePoints > 0 && at < text.Length && At(text, at, out var length) == kind; mostCodePoints--)
            at += length;
        return at;
    }
}
