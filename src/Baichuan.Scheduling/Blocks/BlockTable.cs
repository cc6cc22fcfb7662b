namespace Baichuan.Scheduling.Blocks;

/// <summary>Where a sequence keeps the positions of one layer kind: entry i is the block of positions 16 i .. 16 i + 15. Entries from
/// <see cref="First"/> up to, not including, <see cref="End"/> are held; those below have been given back, or never were needed.</summary>
internal sealed class BlockTable
{
    private const int None = -1;

    private readonly List<int> _blocks = [];

    public int First { get; private set; }

    public int End => _blocks.Count;

    public int Held => End - First;

    public int this[int index] => _blocks[index];

    /// <summary>Makes <paramref name="first"/> the lowest entry of an empty table.</summary>
    public void StartAt(int first)
    {
        Clear();
        for (var i = 0; i < first; i++)
            _blocks.Add(None);
        First = first;
    }

    public void Append(int block) => _blocks.Add(block);

    /// <summary>Gives the lowest held entry back.</summary>
    public int DropFirst() => _blocks[First++];

    /// <summary>Gives the highest held entry back.</summary>
    public int DropLast()
    {
        var block = _blocks[^1];
        _blocks.RemoveAt(End - 1);
        return block;
    }

    public void Clear()
    {
        _blocks.Clear();
        First = 0;
    }
}
