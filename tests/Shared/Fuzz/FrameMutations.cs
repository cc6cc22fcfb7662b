using CsCheck;

namespace Baichuan.Testing.Fuzz;

/// <summary>Random changes of a frame: bytes, whole 32-bit fields, its length.</summary>
internal static class FrameMutations
{
    private static readonly int[] s_values = [-1, 0, 1, 2, int.MaxValue, int.MinValue, 1 << 28, 1 << 30, 65_536];

    public static Gen<(int Kind, double Where, int Value)> Changes { get; } =
        Gen.Select(Gen.Int[0, 3], Gen.Double[0, 1], Gen.Int[0, s_values.Length - 1]);

    public static byte[] Apply(ReadOnlyMemory<byte> frame, IEnumerable<(int Kind, double Where, int Value)> changes)
    {
        var bytes = frame.ToArray();
        foreach (var (kind, where, value) in changes)
        {
            var at = (int)(where * bytes.Length);
            switch (kind)
            {
                case 0 when at < bytes.Length:
                    bytes[at] ^= (byte)(1 << value % 8);
                    break;
                case 1 when (at | 3) < bytes.Length:
                    BitConverter.TryWriteBytes(bytes.AsSpan(at & ~3), s_values[value]);
                    break;
                case 2:
                    bytes = bytes[..at];
                    break;
                case 3:
                    bytes = [.. bytes, .. new byte[8 * value]];
                    break;
            }
        }

        return bytes;
    }
}
