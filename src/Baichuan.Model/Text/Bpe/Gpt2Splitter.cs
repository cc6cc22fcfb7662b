namespace Baichuan.Model.Text.Bpe;

/// <summary>The pre-tokenizer "ByteLevel" with use_regex true: the pattern of GPT-2, its alternatives tried in this order.</summary>
internal sealed class Gpt2Splitter : IWordSplitter
{
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public int FirstWord(ReadOnlySpan<char> text)
    {
        if (Contraction(text) is var contraction and > 0)
            return contraction;
        var start = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var kind = CharacterKinds.At(text, start, out _);
        return kind == CharacterKind.Space
            ? WhiteSpace.FirstWord(text)
            : CharacterKinds.EndOfRun(text, start, kind);
    }

    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 't' or 'm' or 'd', ..] => 2,
        ['\'', 'r' or 'v', 'e', ..] => 3,
        ['\'', 'l', 'l', ..] => 3,
        _ => 0,
    };
}
