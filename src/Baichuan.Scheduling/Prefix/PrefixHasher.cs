using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Prefix;

/// <summary>
/// Names the contents of blocks: a chain of SHA-256, cut to 128 bits, over a secret, the tenant, and 16 tokens a link. Without the secret nobody can look
/// for two prompts of one name, and a name tells nothing about a prompt.
/// </summary>
internal sealed class PrefixHasher
{
    private const int SecretBytes = 32;
    private const int NameBytes = 16;

    private readonly byte[] _link = new byte[SecretBytes + NameBytes + (KvBlockCounts.BlockPositions * sizeof(int))];

    /// <param name="secret">Of any length; the replica's own.</param>
    public PrefixHasher(ReadOnlySpan<byte> secret) => SHA256.HashData(secret, _link);

    /// <summary>Where the chains of a tenant begin.</summary>
    public UInt128 Root(string tenant) => Name([.. _link.AsSpan(0, SecretBytes), .. Encoding.UTF8.GetBytes(tenant)]);

    /// <summary>The name of a block by that of the block before it.</summary>
    /// <param name="tokens">[16]</param>
    public UInt128 Next(UInt128 parent, ReadOnlySpan<int> tokens)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(_link.AsSpan(SecretBytes), parent);
        MemoryMarshal.AsBytes(tokens).CopyTo(_link.AsSpan(SecretBytes + NameBytes));
        return Name(_link);
    }

    private static UInt128 Name(ReadOnlySpan<byte> text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }
}
