using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Blocks;

/// <summary>
/// What a shard knows of the contents of its blocks: the names that its scheduler gave them, step by step. A scheduler that takes over finds there what is cached (<see cref="Scheduler.Recall"/>). What all shards
/// call by one name, all have whole: a block has no name from when a step begins that may write something else into it, and gets one when the step that makes it whole has run. One thread at a time.
/// </summary>
public sealed class BlockNames(KvBlockCounts blocks)
{
    private readonly UInt128[][] _names = [new UInt128[blocks.Global], new UInt128[blocks.Sliding]]; // [kind][block]

    /// <summary>A step is about to run.</summary>
    public void Begin(StepBatch batch)
    {
        foreach (ref readonly var named in batch.NamedBlocks)
            Set(named with { Upper = 0, Lower = 0 });
    }

    /// <summary>It has run.</summary>
    public void End(StepBatch batch)
    {
        foreach (ref readonly var named in batch.NamedBlocks)
            Set(named);
    }

    /// <summary>Nothing is known any more.</summary>
    public void Clear()
    {
        foreach (var names in _names)
            Array.Clear(names);
    }

    /// <summary>The blocks that have names.</summary>
    public NamedBlock[] ToArray() =>
    [
        .. from kind in (LayerKind[])[LayerKind.Global, LayerKind.Sliding]
           from block in Enumerable.Range(0, _names[(int)kind].Length)
           where _names[(int)kind][block] != 0
           select new NamedBlock(kind, block, _names[(int)kind][block]),
    ];

    private void Set(in NamedBlock named)
    {
        if (named.Kind is not (LayerKind.Global or LayerKind.Sliding) || (uint)named.Block >= (uint)_names[(int)named.Kind].Length)
            throw new FrameException($"A step names block {named.Block} of layer kind {(int)named.Kind}; the pools have {_names[0].Length} and {_names[1].Length}.");
        _names[(int)named.Kind][named.Block] = named.Name;
    }
}
