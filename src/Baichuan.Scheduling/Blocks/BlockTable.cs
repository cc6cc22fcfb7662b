namespace Baichuan.Scheduling.Blocks;

/// <summary>Where a sequence keeps the positions of one layer kind: entry i is the block of positions 16 i .. 16 i + 15. Entries from
/// <see cref="First"/> up to, not including, <see cref="End"/> are held; those below have been given back.</summary>
internal sealed class BlockTable
{
    private readonly List<int> _blocks = [];

    public int First { get; private set; }

    public int End => _blocks.Count;

    public int Held => End - First;

    public int this[int index] => _blocks[index];

    public void Append(int block) => _blocks.Add(block);

    /// <summary>Gives the lowest held entry back.</summary>
    public int DropFirst() => _blocks[First++];

    public void Clear()
    {
        _blocks.Clear();
        First = 0;
    }
}
