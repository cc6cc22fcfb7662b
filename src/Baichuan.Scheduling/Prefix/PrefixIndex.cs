using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Prefix;

/// <summary>
/// Which blocks hold which tokens behind which history. Names full blocks only, whether tables hold them or not; who owns a block is the pools' matter.
/// Its size is bounded by the blocks that there are.
/// </summary>
internal sealed class PrefixIndex
{
    private readonly Dictionary<UInt128, PrefixEntry> _entries;
    private readonly PrefixEntry?[][] _byBlock; // [kind][block]

    public PrefixIndex(KvBlockCounts blocks)
    {
        _byBlock = [new PrefixEntry?[blocks.Global], new PrefixEntry?[blocks.Sliding]];
        _entries = new Dictionary<UInt128, PrefixEntry>(blocks.Global); // nearly all have a global block: it never grows within a step
    }

    /// <summary>Entries, of either kind or both.</summary>
    public int Count => _entries.Count;

    public PrefixEntry? Find(UInt128 name, UInt128 parent, ReadOnlySpan<int> tokens) =>
        _entries.TryGetValue(name, out var entry) && entry.Is(parent, tokens) ? entry : null;

    /// <summary>Notes that a block holds the tokens. False: another block of its kind is known to, or the name stands for other tokens.</summary>
    public bool TryAdd(UInt128 name, UInt128 parent, ReadOnlySpan<int> tokens, LayerKind kind, int block)
    {
        if (!_entries.TryGetValue(name, out var entry))
            _entries.Add(name, entry = new PrefixEntry(name, parent, tokens));
        else if (entry.Block(kind) != PrefixEntry.NoBlock || !entry.Is(parent, tokens))
            return false;
        entry.Set(kind, block);
        _byBlock[(int)kind][block] = entry;
        return true;
    }

    /// <summary>Notes that a block holds what has this name. False: another block of its kind is known to.</summary>
    public bool TryRecall(UInt128 name, LayerKind kind, int block)
    {
        if (!_entries.TryGetValue(name, out var entry))
            _entries.Add(name, entry = new PrefixEntry(name));
        else if (entry.Block(kind) != PrefixEntry.NoBlock)
            return false;
        entry.Set(kind, block);
        _byBlock[(int)kind][block] = entry;
        return true;
    }

    /// <summary>The block is about to hold something else.</summary>
    public void Forget(LayerKind kind, int block)
    {
        if (_byBlock[(int)kind][block] is not { } entry)
            return;
        _byBlock[(int)kind][block] = null;
        entry.Set(kind, PrefixEntry.NoBlock);
        if (entry.IsEmpty)
            _entries.Remove(entry.Name);
    }

    public void Clear()
    {
        _entries.Clear();
        foreach (var blocks in _byBlock)
            Array.Clear(blocks);
    }
}
