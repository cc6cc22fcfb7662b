using System.Buffers;
using System.Text;

namespace Baichuan.Model.Text;

/// <summary>
/// Token ids in, one at a time; text out, in whole characters: bytes of a character whose rest is still to come are held back. The pieces add up to
/// <see cref="TextTokenizer.Decode"/> of all ids. One instance per sequence, one caller at a time; to resume, push the ids again.
/// </summary>
public sealed class StreamingDecoder(TextTokenizer tokenizer, bool skipSpecial)
{
    /// <summary>The longest start of a character that is not yet one.</summary>
    private const int MostHeldBytes = 3;

    private readonly byte[] _held = new byte[MostHeldBytes];
    private int _heldCount;

    /// <summary>Whether the ids so far end inside a character.</summary>
    public bool HoldsBytes => _heldCount > 0;

    /// <summary>The text that this token completes; empty where it completes none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    public string Push(int id)
    {
        var token = tokenizer.TokenBytes(id);
        if (token.IsEmpty || (skipSpecial && tokenizer.IsSpecial(id)))
            return "";
        Span<byte> bytes = stackalloc byte[256];
        var length = _heldCount + token.Length;
        bytes = length <= bytes.Length ? bytes[..length] : new byte[length];
        _held.AsSpan(0, _heldCount).CopyTo(bytes);
        token.CopyTo(bytes[_heldCount..]);

        _heldCount = UnfinishedBytes(bytes);
        bytes[^_heldCount..].CopyTo(_held);
        return Encoding.UTF8.GetString(bytes[..^_heldCount]);
    }

    /// <summary>Ends the text: U+FFFD if it ends inside a character, else nothing.</summary>
    public string Flush()
    {
        var rest = Encoding.UTF8.GetString(_held, 0, _heldCount);
        _heldCount = 0;
        return rest;
    }

    /// <summary>
    /// How many bytes at the end may become a character. They begin with a lead byte, which no character before it can contain: cutting there changes
    /// nothing for what comes before.
    /// </summary>
    private static int UnfinishedBytes(ReadOnlySpan<byte> bytes)
    {
        for (var count = Math.Min(MostHeldBytes, bytes.Length); count > 0; count--)
        {
            if (Rune.DecodeFromUtf8(bytes[^count..], out _, out _) == OperationStatus.NeedMoreData)
                return count;
        }

        return 0;
    }
}
