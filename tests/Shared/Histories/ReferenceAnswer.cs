using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Baichuan.Testing.Histories;

/// <summary>What a request's answer is when nothing goes wrong.</summary>
/// <param name="Hash">Of its tokens and its text.</param>
/// <param name="Undecodable">How many U+FFFD its text has: a model may write bytes that are no character.</param>
internal sealed record ReferenceAnswer(int Tokens, string Hash, int Undecodable, string Reason)
{
    public static ReferenceAnswer Of(IReadOnlyList<int> tokens, string text, string reason) => new(tokens.Count, HashOf(tokens, text), UndecodableIn(text), reason);

    /// <summary>The hexadecimal SHA-256 of tokens and text.</summary>
    public static string HashOf(IReadOnlyList<int> tokens, string text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>(tokens.ToArray()));
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static int UndecodableIn(string text) => text.Count(character => character == '\uFFFD');
}
