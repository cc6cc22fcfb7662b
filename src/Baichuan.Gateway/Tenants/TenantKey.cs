using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Baichuan.Gateway.Tenants;

/// <summary>The SHA-256 of an API key, which is all that is kept of one. Keys are long and random, so a fast hash does.</summary>
internal static class TenantKey
{
    private const string HashPrefix = "sha256:";

    /// <summary>The hash of a key that a client sent.</summary>
    public static byte[] Hash(ReadOnlySpan<char> key)
    {
        Span<byte> bytes = new byte[Encoding.UTF8.GetMaxByteCount(key.Length)];
        return SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(key, bytes)]);
    }

    /// <summary>The hash that a value of the configuration stands for.</summary>
    public static bool TryParse(string? setting, [NotNullWhen(true)] out byte[]? hash)
    {
        hash = null;
        if (setting is null)
            return false;
        if (setting.StartsWith(HashPrefix, StringComparison.OrdinalIgnoreCase))
        {
            var digits = setting.AsSpan(HashPrefix.Length);
            hash = digits.Length == 2 * SHA256.HashSizeInBytes && IsHexadecimal(digits) ? Convert.FromHexString(digits) : null;
        }
        else if (setting.Length is >= 16 and <= 256 && !setting.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            hash = Hash(setting);
        }

        return hash is not null;
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> digits)
    {
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit(digit))
                return false;
        }

        return true;
    }
}
