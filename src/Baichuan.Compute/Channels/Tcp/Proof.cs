using System.Security.Cryptography;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// What a side proves its membership with: HMAC-SHA256 under the epoch's secret over its role, the greeting (which names epoch, replica, shards and the
/// caller's nonce) and the answerer's nonce. Fresh nonces from both sides rule out replays, the role rules out sending a proof back.
/// </summary>
internal static class Proof
{
    public const int Size = HMACSHA256.HashSizeInBytes;

    public static void Write(Span<byte> proof, Role role, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> greeting, ReadOnlySpan<byte> nonce)
    {
        Span<byte> covered = stackalloc byte[1 + Greeting.Size + Greeting.NonceSize];
        covered[0] = (byte)role;
        greeting.CopyTo(covered[1..]);
        nonce.CopyTo(covered[(1 + Greeting.Size)..]);
        HMACSHA256.HashData(secret, covered, proof);
    }

    public static bool Holds(ReadOnlySpan<byte> proof, Role role, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> greeting, ReadOnlySpan<byte> nonce)
    {
        Span<byte> expected = stackalloc byte[Size];
        Write(expected, role, secret, greeting, nonce);
        return CryptographicOperations.FixedTimeEquals(proof, expected);
    }

    /// <summary>Who proves: the side that connected, or the side that accepted.</summary>
    public enum Role : byte
    {
        Caller = 1,
        Answerer = 2,
    }
}
