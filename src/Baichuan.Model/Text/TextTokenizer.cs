using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using Baichuan.Model.Text.Bpe;

namespace Baichuan.Model.Text;

/// <summary>
/// Text to token ids and back, as a Hugging Face folder's tokenizer.json says (byte-level BPE), with the ids of Hugging Face's own library. One instance
/// serves a process: immutable and thread-safe. The work is linear in the text but for a logarithm, whatever the text holds.
/// </summary>
/// <remarks>
/// A text is Unicode. Half a surrogate pair is not, and counts as U+FFFD, as it would after conversion to UTF-8. Every other text survives
/// <see cref="Encode"/> and <see cref="Decode"/> unchanged, unless the file asks for a space in front of it.
/// </remarks>
public sealed class TextTokenizer
{
    private readonly FrozenDictionary<string, int> _ids;
    private readonly PreTokenization _preTokenization;
    private readonly SpecialTokenFinder _finder;
    private readonly WordEncoder _encoder;
    private readonly Vocabulary _vocabulary;

    private TextTokenizer(TokenizerDefinition definition, int endOfTextId)
    {
        _preTokenization = definition.PreTokenization;
        _finder = new SpecialTokenFinder(definition.AddedTokens);
        _encoder = new WordEncoder(definition);
        _vocabulary = new Vocabulary(definition);
        SpecialTokens = definition.AddedTokens.ToFrozenDictionary(token => token.Text, token => token.Id);
        _ids = definition.Words.Concat(SpecialTokens).ToFrozenDictionary();
        EndOfTextId = endOfTextId;
    }

    /// <summary>One more than the highest token id. A model's own vocabulary may be larger (padding); the ids beyond have no token.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>
    /// The tokens that stand beside the vocabulary's words ("added_tokens"), by text. A text makes none of them unless <see cref="Encode"/> is asked to
    /// parse them. That goes for those with "special": false too: a model was taught what they mean, so a user must not be able to write them.
    /// </summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>The token that ends an answer ("eos_token").</summary>
    public int EndOfTextId { get; }

    /// <summary>Reads tokenizer.json and tokenizer_config.json of a Hugging Face model folder.</summary>
    /// <exception cref="ModelFormatException">A file is missing, damaged, or asks for something that this class does not do.</exception>
    public static TextTokenizer Load(string modelFolder)
    {
        var definition = TokenizerFile.Load(Path.Combine(modelFolder, "tokenizer.json"));
        var config = TokenizerConfigFile.Load(modelFolder);
        var endOfText = definition.AddedTokens.FirstOrDefault(token => token.Text == config.EndOfText)
            ?? throw new ModelFormatException(config.Path, $"\"eos_token\" is \"{config.EndOfText}\"; it must be one of tokenizer.json's added_tokens");
        return new TextTokenizer(definition, endOfText.Id);
    }

    /// <summary>The token ids of a text.</summary>
    /// <param name="parseSpecial">
    /// Whether the text of a special token becomes its id. False for what a user wrote: there "&lt;C_A&gt;" is five ordinary characters.
    /// </param>
    public int[] Encode(ReadOnlySpan<char> text, bool parseSpecial)
    {
        var ids = new List<int>();
        AppendIds(text, parseSpecial, ids);
        return [.. ids];
    }

    /// <summary>Appends the token ids of a text.</summary>
    internal void AppendIds(ReadOnlySpan<char> text, bool parseSpecial, List<int> ids)
    {
        if (text.ContainsAnyInRange('\uD800', '\uDFFF'))
            text = ToUnicode(text);
        while (parseSpecial && _finder.First(text, out var start) is { } token)
        {
            EncodeWords(text[..start], ids);
            ids.Add(token.Id);
            text = text[(start + token.Text.Length)..];
        }

        EncodeWords(text, ids);
    }

    /// <summary>
    /// The text of token ids; bytes that are not UTF-8 become U+FFFD, one for each longest broken part (as <see cref="Encoding.UTF8"/> does). An id
    /// without a token adds nothing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var id in ids)
            bytes.Write(skipSpecial && IsSpecial(id) ? [] : TokenBytes(id));
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>A token's bytes, not always whole characters; the text of a special token as UTF-8; nothing for an id without a token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    public ReadOnlySpan<byte> TokenBytes(int id) => _vocabulary.BytesOf(id);

    /// <summary>Whether a token is control rather than text, and is left out where special tokens are skipped.</summary>
    public bool IsSpecial(int id) => _vocabulary.IsSpecial(id);

    /// <summary>The id of a token, by the text of a special token, or as tokenizer.json's "vocab" spells a word's bytes ("Ġthe" for " the").</summary>
    public bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    private void EncodeWords(ReadOnlySpan<char> text, List<int> ids)
    {
        if (_preTokenization.AddPrefixSpace && text.Length > 0 && text[0] != ' ')
            text = string.Concat(" ", text);
        while (text.Length > 0)
        {
            var length = _preTokenization.Splitter.FirstWord(text);
            _encoder.Append(text[..length], ids);
            text = text[length..];
        }
    }

    private static string ToUnicode(ReadOnlySpan<char> text)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        return Encoding.UTF8.GetString(utf8);
    }
}
