using System.Text;

namespace Baichuan.Model.Text.Bpe;

/// <summary>From ids back to bytes. Immutable.</summary>
internal sealed class Vocabulary
{
    private readonly byte[] _bytes;
    private readonly int[] _starts; // [Size + 1]: token id has _bytes[_starts[id].._starts[id + 1]]
    private readonly bool[] _special;

    public Vocabulary(TokenizerDefinition definition)
    {
        _special = new bool[definition.Size];
        _starts = new int[definition.Size + 1];
        var added = definition.AddedTokens.ToDictionary(token => token.Id);
        using var bytes = new MemoryStream();
        for (var id = 0; id < definition.Size; id++)
        {
            _special[id] = added.TryGetValue(id, out var token) && token.Special;
            bytes.Write(token is null ? BytesOfWord(definition.Spellings[id]) : Encoding.UTF8.GetBytes(token.Text));
            _starts[id + 1] = (int)bytes.Length;
        }

        _bytes = bytes.ToArray();
    }

    public int Size => _special.Length;

    /// <summary>Empty for an id without a token.</summary>
    public ReadOnlySpan<byte> BytesOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        return id < Size ? _bytes.AsSpan(_starts[id].._starts[id + 1]) : [];
    }

    public bool IsSpecial(int id) => (uint)id < (uint)Size && _special[id];

    /// <summary>A word outside the byte alphabet cannot come from merging; it stands for its own text.</summary>
    private static byte[] BytesOfWord(string? spelling) =>
        spelling is null ? [] : ByteAlphabet.TryRead(spelling, out var bytes) ? bytes : Encoding.UTF8.GetBytes(spelling);
}
