using System.Runtime.CompilerServices;
using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Prefix;

/// <summary>What the index knows of 16 tokens behind a certain history: the blocks that hold their keys and values, one of each kind or one alone.</summary>
internal sealed class PrefixEntry
{
    public const int NoBlock = -1;

    private readonly BlockTokens _tokens;
    private int _global = NoBlock;
    private int _sliding = NoBlock;

    public PrefixEntry(UInt128 name, UInt128 parent, ReadOnlySpan<int> tokens)
    {
        Name = name;
        Parent = parent;
        tokens.CopyTo(_tokens);
    }

    public UInt128 Name { get; }

    public UInt128 Parent { get; }

    public bool IsEmpty => _global == NoBlock && _sliding == NoBlock;

    /// <summary>Whether it is what its name says: the same tokens behind the same history.</summary>
    public bool Is(UInt128 parent, ReadOnlySpan<int> tokens) => Parent == parent && tokens.SequenceEqual(_tokens);

    public int Block(LayerKind kind) => kind == LayerKind.Global ? _global : _sliding;

    public void Set(LayerKind kind, int block)
    {
        if (kind == LayerKind.Global)
            _global = block;
        else
            _sliding = block;
    }

    [InlineArray(KvBlockCounts.BlockPositions)]
    private struct BlockTokens
    {
        private int _first;
    }
}
