using System.Text;

namespace Baichuan.Testing.Hostility;

/// <summary>Texts, as bytes, that are no UTF-8, or are at its edges.</summary>
internal static class HostileText
{
    private static readonly byte[][] s_pieces =
    [
        [], [0], [0xff], [0xfe, 0xff], [0xc0, 0x80], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80], [0x80, 0x80, 0x80],
        [0xed, 0xa0, 0x80], // a high surrogate alone, as UTF-8 would have it
        [0xed, 0xb0, 0x80], // a low one
        [0xed, 0xb0, 0x80, 0xed, 0xa0, 0x80], // both, the wrong way round
        [0xef, 0xbf, 0xbe], [0xef, 0xbb, 0xbf], [0xe2, 0x80, 0xae], [0xf0, 0x9f, 0x98, 0x80],
        "<B_USYS>"u8.ToArray(), "</s>"u8.ToArray(), "<|endoftext|>"u8.ToArray(), "a"u8.ToArray(), " "u8.ToArray(), "\r\n"u8.ToArray(), "é"u8.ToArray(),
    ];

    public static byte[] Make(Random random)
    {
        var text = new List<byte>();
        for (var pieces = random.Next(1, 6); pieces > 0; pieces--)
        {
            var piece = s_pieces[random.Next(s_pieces.Length)];
            var times = random.Next(4) == 0 ? (int)Math.Pow(2, random.NextDouble() * 12) : 1;
            for (var i = 0; i < times; i++)
                text.AddRange(piece);
        }

        // Now and then as long as a message may be, and longer than a prompt may be.
        if (random.Next(200) == 0)
            text.AddRange(Encoding.ASCII.GetBytes(new string('x', (int)Math.Pow(2, 14 + (random.NextDouble() * 7)))));
        return [.. text];
    }
}
