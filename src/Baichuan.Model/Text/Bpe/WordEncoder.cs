using System.Text;
using Microsoft.ML.Tokenizers;

namespace Baichuan.Model.Text.Bpe;

/// <summary>
/// Turns one word into tokens. Ordinary words go to Microsoft.ML.Tokenizers, which remembers short ones; its merge takes time that grows with the square
/// of a word's length (13 s for 100,000 letters), so long words go to <see cref="LongWordMerger"/>, with the same ids. Thread-safe.
/// </summary>
internal sealed class WordEncoder
{
    /// <summary>In UTF-16 units. Here the library's cost per character is still that of a short word (about 20 microseconds for the whole word).</summary>
    public const int LongestLibraryWord = 128;

    private readonly BpeTokenizer _library;
    private readonly LongWordMerger _long;

    public WordEncoder(TokenizerDefinition definition)
    {
        var words = definition.Words.Select(word => KeyValuePair.Create(word.Key, word.Value));
        _library = BpeTokenizer.Create(new BpeOptions(words)
        {
            ByteLevel = true,
            Merges = definition.Merges.Select(merge => $"{definition.Spellings[merge.Left]} {definition.Spellings[merge.Right]}"),
        });
        _long = new LongWordMerger(definition.ByteIds, new MergeTable(definition.Merges));
    }

    /// <summary>Appends the tokens of a word that is well-formed UTF-16.</summary>
    public void Append(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.Length <= LongestLibraryWord)
            AppendByLibrary(word, ids);
        else
            AppendByMerger(word, ids);
    }

    internal void AppendByLibrary(ReadOnlySpan<char> word, List<int> ids) =>
        ids.AddRange(_library.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false));

    internal void AppendByMerger(ReadOnlySpan<char> word, List<int> ids)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, utf8);
        _long.Append(utf8, ids);
    }
}
