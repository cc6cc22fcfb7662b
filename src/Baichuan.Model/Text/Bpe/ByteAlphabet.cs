namespace Baichuan.Model.Text.Bpe;

/// <summary>
/// The 256 characters in which byte-level vocabularies spell bytes, so that every token is visible text: printable Latin-1 stands for itself, the other 68
/// bytes for U+0100 onwards, in order (Radford et al. 2019, the GPT-2 release). A space is "Ġ", a line feed "Ċ".
/// </summary>
internal static class ByteAlphabet
{
    private const int FirstSubstitute = 0x100;

    private static readonly char[] _characters = new char[256];
    private static readonly Dictionary<char, byte> _bytes = new(256);

    static ByteAlphabet()
    {
        var substitutes = 0;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            var character = (char)(printable ? value : FirstSubstitute + substitutes++);
            _characters[value] = character;
            _bytes.Add(character, (byte)value);
        }
    }

    public static char Spell(byte value) => _characters[value];

    /// <summary>The bytes that a token spells; false where a character is not of the alphabet.</summary>
    public static bool TryRead(string token, out byte[] bytes)
    {
        bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
        {
            if (!_bytes.TryGetValue(token[i], out bytes[i]))
                return false;
        }

        return true;
    }
}
