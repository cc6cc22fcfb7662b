using System.Text;
using CsCheck;

namespace Baichuan.Testing.Fuzz;

/// <summary>Random changes of a file, most of all of a JSON one: pieces put in or over others, cut out, doubled, flipped.</summary>
internal static class FileChanges
{
    // Pieces that a JSON reader may stumble over.
    private static readonly string[] s_pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\ud800", "\\u0000", "\u00ff", " ",
        "0", "-1", "1e999", "9223372036854775807", "99999999999999999999", "null", "true", "F16", "data_offsets",
    ];

    public static Gen<(int Kind, double Where, int Length, string Piece)> Changes { get; } = Gen.Select(
        Gen.Int[0, 4],
        Gen.Double[0, 1],
        Gen.Int[1, 40],
        Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i]));

    public static byte[] Apply(byte[] bytes, IEnumerable<(int Kind, double Where, int Length, string Piece)> changes)
    {
        foreach (var (kind, where, length, piece) in changes)
        {
            var at = (int)(where * bytes.Length);
            var end = Math.Min(bytes.Length, at + length);
            bytes = kind switch
            {
                0 => [.. bytes[..at], .. Encoding.Latin1.GetBytes(piece), .. bytes[at..]],
                1 => [.. bytes[..at], .. Encoding.Latin1.GetBytes(piece), .. bytes[end..]],
                2 => [.. bytes[..at], .. bytes[end..]],
                3 => [.. bytes[..end], .. bytes[at..]],
                _ => [.. bytes[..at], .. bytes[at..end].Select(b => (byte)(b ^ length)), .. bytes[end..]],
            };
        }

        return bytes;
    }
}
