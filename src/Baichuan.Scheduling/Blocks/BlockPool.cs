namespace Baichuan.Scheduling.Blocks;

/// <summary>
/// The blocks of one layer kind in a replica. A block is <b>held</b> (one or more tables name it), <b>cached</b> (no table does, but the prefix index
/// does, so its contents are kept while they can be) or <b>free</b>. Free blocks are handed out first, the one freed longest ago before the others; then
/// cached ones, the one used longest ago first. So the order follows from the calls alone.
/// </summary>
internal sealed class BlockPool
{
    private const int None = -1;

    private readonly int[] _references; // [blocks]; 0: free or cached
    private readonly bool[] _indexed; // [blocks]
    private readonly string?[] _tenants; // [blocks]: whose contents it has; null: nobody knows
    private readonly Queue<int> _free;

    // The cached blocks, a doubly linked list. [blocks]
    private readonly int[] _older;
    private readonly int[] _newer;
    private int _oldest = None;
    private int _newest = None;

    public BlockPool(int count)
    {
        _references = new int[count];
        _indexed = new bool[count];
        _tenants = new string?[count];
        _older = new int[count];
        _newer = new int[count];
        _free = new Queue<int>(count);
        Reset();
    }

    public int Count => _references.Length;

    public int Cached { get; private set; }

    public int Held => Count - _free.Count - Cached;

    /// <summary>Blocks that can be handed out: free and cached.</summary>
    public int Available => _free.Count + Cached;

    /// <summary>Hands out a block with one reference.</summary>
    /// <param name="evicted">It was cached: the index has to forget it.</param>
    /// <param name="foreign">Its contents are not this tenant's: it has to be zeroed before use.</param>
    /// <exception cref="InvalidOperationException">All are held: the caller had not looked.</exception>
    public int Allocate(string tenant, out bool evicted, out bool foreign)
    {
        evicted = !_free.TryDequeue(out var block);
        if (evicted)
        {
            block = _oldest != None ? _oldest : throw new InvalidOperationException($"All {Count} blocks are held.");
            Unlink(block);
            _indexed[block] = false;
        }

        foreign = _tenants[block] != tenant;
        _tenants[block] = tenant;
        _references[block] = 1;
        return block;
    }

    /// <summary>One more table holds a held or cached block.</summary>
    public void Share(int block)
    {
        if (_references[block] == 0)
        {
            if (!_indexed[block])
                throw new InvalidOperationException($"Block {block} of {Count} is free.");
            Unlink(block);
        }

        _references[block]++;
    }

    /// <summary>Whether neither a table nor the index names the block.</summary>
    public bool IsFree(int block) => _references[block] == 0 && !_indexed[block];

    /// <summary>Whether no table holds the block.</summary>
    public bool IsIdle(int block) => _references[block] == 0;

    /// <summary>The index names a held block from now on.</summary>
    public void MarkIndexed(int block)
    {
        CheckHeld(block);
        _indexed[block] = true;
    }

    /// <summary>One table less holds the block; without any it is cached if the index names it, or else free.</summary>
    public void Release(int block)
    {
        CheckHeld(block);
        if (--_references[block] > 0)
            return;
        if (_indexed[block])
            Link(block);
        else
            _free.Enqueue(block);
    }

    /// <summary>A cached block is free from now on.</summary>
    public void Discard(int block)
    {
        Unlink(block);
        _indexed[block] = false;
        _free.Enqueue(block);
    }

    /// <summary>Whose contents blocks have is not known any more: some shard may have others.</summary>
    public void ForgetTenants() => Array.Clear(_tenants);

    /// <summary>Free blocks become cached ones: the index names them, and whose contents they have is not known.</summary>
    public void Recall(IEnumerable<int> blocks)
    {
        foreach (var block in blocks)
        {
            _indexed[block] = true;
            Link(block);
        }

        var free = _free.Where(block => !_indexed[block]).ToList();
        _free.Clear();
        free.ForEach(_free.Enqueue);
    }

    /// <summary>Frees every block, in the order of a new pool. Whose contents they have is not known any more: other shards may hold other ones.</summary>
    public void Reset()
    {
        Array.Clear(_references);
        Array.Clear(_indexed);
        Array.Clear(_tenants);
        (_oldest, _newest, Cached) = (None, None, 0);
        _free.Clear();
        for (var block = 0; block < Count; block++)
            _free.Enqueue(block);
    }

    private void Link(int block)
    {
        (_older[block], _newer[block]) = (_newest, None);
        if (_newest == None)
            _oldest = block;
        else
            _newer[_newest] = block;
        _newest = block;
        Cached++;
    }

    private void Unlink(int block)
    {
        var (older, newer) = (_older[block], _newer[block]);
        if (older == None)
            _oldest = newer;
        else
            _newer[older] = newer;
        if (newer == None)
            _newest = older;
        else
            _older[newer] = older;
        Cached--;
    }

    private void CheckHeld(int block)
    {
        if (_references[block] == 0)
            throw new InvalidOperationException($"Block {block} of {Count} is not held.");
    }
}
