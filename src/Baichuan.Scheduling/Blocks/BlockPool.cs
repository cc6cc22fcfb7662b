namespace Baichuan.Scheduling.Blocks;

/// <summary>
/// The blocks of one layer kind in a replica: which are free, and how many tables hold each of the others. Free blocks queue up, so that the
/// one freed longest ago is handed out first: the order follows from the calls alone, and contents live as long as they can.
/// </summary>
internal sealed class BlockPool
{
    private readonly int[] _references; // [blocks]; 0: free
    private readonly Queue<int> _free;

    public BlockPool(int count)
    {
        _references = new int[count];
        _free = new Queue<int>(count);
        Reset();
    }

    public int Count => _references.Length;

    public int Used => Count - _free.Count;

    /// <summary>Hands out a free block with one reference.</summary>
    /// <exception cref="InvalidOperationException">None is free: the caller had not reserved it.</exception>
    public int Allocate()
    {
        if (!_free.TryDequeue(out var block))
            throw new InvalidOperationException($"All {Count} blocks are in use.");
        _references[block] = 1;
        return block;
    }

    /// <summary>One more table holds a block that is in use.</summary>
    public void Share(int block)
    {
        CheckUsed(block);
        _references[block]++;
    }

    /// <summary>One table less holds the block; without any it is free.</summary>
    public void Release(int block)
    {
        CheckUsed(block);
        if (--_references[block] == 0)
            _free.Enqueue(block);
    }

    /// <summary>Frees every block, in the order of a new pool.</summary>
    public void Reset()
    {
        Array.Clear(_references);
        _free.Clear();
        for (var block = 0; block < Count; block++)
            _free.Enqueue(block);
    }

    private void CheckUsed(int block)
    {
        if (_references[block] == 0)
            throw new InvalidOperationException($"Block {block} of {Count} is free.");
    }
}
