namespace Baichuan.Model.Text.Bpe;

/// <summary>
/// What a tokenizer.json says, checked: every id lies below <see cref="Size"/> and belongs to one token, every merge names tokens that exist.
/// </summary>
internal sealed class TokenizerDefinition
{
    /// <summary>The tokens that merging makes, in <see cref="ByteAlphabet"/> spelling; added tokens are not among them.</summary>
    public required IReadOnlyDictionary<string, int> Words { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>By rank.</summary>
    public required IReadOnlyList<Merge> Merges { get; init; }

    /// <summary>[256]: the token of each single byte.</summary>
    public required int[] ByteIds { get; init; }

    public required PreTokenization PreTokenization { get; init; }

    /// <summary>[Size]: each id's token as the file spells it; null where an id has none.</summary>
    public required string?[] Spellings { get; init; }

    /// <summary>One more than the highest id.</summary>
    public int Size => Spellings.Length;
}
