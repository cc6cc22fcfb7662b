namespace Baichuan.Model.Text.Bpe;

/// <summary>The pre-tokenizer "ByteLevel" with use_regex false: all of the text is one word.</summary>
internal sealed class WholeTextSplitter : IWordSplitter
{
    public int FirstWord(ReadOnlySpan<char> text) => text.Length;
}
