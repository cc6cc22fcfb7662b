using System.Runtime.CompilerServices;
using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Prefix;

/// <summary>What the index knows of 16 tokens behind a certain history: the blocks that hold their keys and values, one of each kind or one alone.</summary>
internal sealed class PrefixEntry
{
    public const int NoBlock = -1;

    private BlockTokens _tokens;
    private bool _isRecalled;
    private int _global = NoBlock;
    private int _sliding = NoBlock;

    public PrefixEntry(UInt128 name, UInt128 parent, ReadOnlySpan<int> tokens)
    {
        Name = name;
        Parent = parent;
        tokens.CopyTo(_tokens);
    }

    /// <summary>An entry of which only the name is known: whose chain has it says what it stands for.</summary>
    public PrefixEntry(UInt128 name) => (Name, _isRecalled) = (name, true);

    public UInt128 Name { get; }

    public UInt128 Parent { get; private set; }

    public bool IsEmpty => _global == NoBlock && _sliding == NoBlock;

    /// <summary>Whether it is what its name says: the same tokens behind the same history.</summary>
    public bool Is(UInt128 parent, ReadOnlySpan<int> tokens)
    {
        if (_isRecalled)
        {
            (Parent, _isRecalled) = (parent, false);
            tokens.CopyTo(_tokens);
        }

        return Parent == parent && tokens.SequenceEqual(_tokens);
    }

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
