using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Prefix;

/// <summary>
/// Names the contents of blocks: a chain of <see cref="SipHash128"/> over the tenant, and 16 tokens a link. Without the secret nobody can look for two prompts of
/// one name, and a name tells nothing about a prompt. Immutable.
/// </summary>
internal sealed class PrefixHasher
{
    private const int NameBytes = 16;

    private readonly SipHash128 _links;
    private readonly SipHash128 _roots; // a key of its own, so that no tenant's name is taken for a link

    /// <param name="secret">Of any length; the replica's own.</param>
    public PrefixHasher(ReadOnlySpan<byte> secret)
    {
        Span<byte> keys = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(secret, keys);
        _links = new SipHash128(keys);
        _roots = new SipHash128(keys[NameBytes..]);
    }

    /// <summary>Where the chains of a tenant begin.</summary>
    public UInt128 Root(string tenant) => _roots.Of(Encoding.UTF8.GetBytes(tenant));

    /// <summary>The name of a block by that of the block before it.</summary>
    /// <param name="tokens">[16]</param>
    public UInt128 Next(UInt128 parent, ReadOnlySpan<int> tokens)
    {
        Span<byte> link = stackalloc byte[NameBytes + (KvBlockCounts.BlockPositions * sizeof(int))];
        BinaryPrimitives.WriteUInt128LittleEndian(link, parent);
        MemoryMarshal.AsBytes(tokens).CopyTo(link[NameBytes..]);
        return _links.Of(link);
    }
}
