using System.Runtime.InteropServices;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Prefix;

/// <summary>The names of a sequence's full blocks, formed as its tokens become known and kept as long as it lives: tokens never change.</summary>
internal sealed class PrefixChain(PrefixHasher hasher, string tenant)
{
    private readonly UInt128 _root = hasher.Root(tenant);
    private readonly List<UInt128> _names = [];

    /// <summary>The names of the first <paramref name="blocks"/> blocks.</summary>
    /// <param name="tokens">All known tokens of the sequence.</param>
    public ReadOnlySpan<UInt128> Names(int blocks, ReadOnlySpan<int> tokens)
    {
        while (_names.Count < blocks)
            _names.Add(hasher.Next(Parent(_names.Count), TokensOf(_names.Count, tokens)));
        return CollectionsMarshal.AsSpan(_names)[..blocks];
    }

    /// <summary>What precedes block <paramref name="index"/>.</summary>
    public UInt128 Parent(int index) => index == 0 ? _root : _names[index - 1];

    public static ReadOnlySpan<int> TokensOf(int index, ReadOnlySpan<int> tokens) =>
        tokens.Slice(index * KvBlockCounts.BlockPositions, KvBlockCounts.BlockPositions);
}
