using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Baichuan.Gateway.Requests;

/// <summary>The id of a request and the seed that follows from it.</summary>
internal static class RequestIdentity
{
    private static readonly SearchValues<char> _allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

    /// <summary>The client's id, or a new one where it gave none. A refusal does not repeat it: who breaks the rules may have put anything into it.</summary>
    /// <exception cref="RefusedException">It is too long, or has a character that is not allowed.</exception>
    public static string Parse(string requestId)
    {
        if (requestId.Length == 0)
            return Guid.CreateVersion7().ToString("N");
        if (requestId.Length > RequestLimits.MaxRequestIdLength)
            throw RefusedException.Invalid($"request_id has {requestId.Length} characters; use at most {RequestLimits.MaxRequestIdLength}, or leave it out.");
        if (requestId.AsSpan().IndexOfAnyExcept(_allowed) is >= 0 and var at)
            throw RefusedException.Invalid($"request_id has a character at place {at} that is not allowed; use A-Z a-z 0-9 . _ : - only.");
        return requestId;
    }

    /// <summary>The first eight bytes, little-endian, of the id's SHA-256: the same on every gateway, so that a resumed stream draws the same tokens.</summary>
    public static ulong SeedOf(string requestId) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(requestId)));
}
