using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Prefix;

namespace Baichuan.Scheduling.Blocks;

/// <summary>
/// The KV blocks of a replica: hands them to sequences as their positions are planned, takes back what slid out of the window, keeps what sequences leave
/// as long as nobody needs the room, and tells the executors by block changes. A block that comes back may be handed out at once, even within the step
/// being planned and while rows of its last holder are in flight: shards run steps strictly in order, so those rows have run before the new holder's
/// first row writes. For the same reason a full block is found by others as soon as its rows are planned, whatever becomes of the sequence that fills it.
/// Only an epoch that fails leaves blocks unwritten: those of its steps in flight, which the index then forgets. What is cached may outlive the epoch (<see cref="Lose"/>).
/// </summary>
internal sealed class KvBlocks
{
    private static readonly LayerKind[] Kinds = [LayerKind.Global, LayerKind.Sliding];

    private readonly SchedulerOptions _options;
    private readonly BlockPool[] _pools; // by kind
    private readonly PrefixIndex _index;
    private readonly List<PrefixEntry> _matched = []; // the entries of the last match
    private readonly bool[][] _named; // [kind][block]: shards may have a name for it
    private readonly HashSet<KvBlock> _missing = []; // cached blocks that the lost shards do not have yet
    private int[] _lost = []; // the shards that the missing blocks are missing on

    public KvBlocks(SchedulerOptions options)
    {
        _options = options;
        _pools = [new BlockPool(options.Blocks.Global), new BlockPool(options.Blocks.Sliding)];
        _index = new PrefixIndex(options.Blocks);
        _named = [new bool[options.Blocks.Global], new bool[options.Blocks.Sliding]];
        SuspectNames();
        Fit = new SequenceFit(options.Blocks, options.SlidingWindow, options.MaxBatchRows);
    }

    public SequenceFit Fit { get; }

    public KvBlockCounts Held => new(_pools[0].Held, _pools[1].Held);

    public KvBlockCounts Cached => new(_pools[0].Cached, _pools[1].Cached);

    /// <summary>Shards, by index, that lack the missing blocks.</summary>
    public ReadOnlySpan<int> Lost => _lost;

    /// <summary>Cached blocks that were handed out anew.</summary>
    public long Evictions { get; private set; }

    /// <summary>How often a table has let go of a block: what did not fit does not fit before this has changed.</summary>
    public long Releases { get; private set; }

    /// <summary>
    /// The longest p, whole blocks, whose global blocks are all cached, and the sliding ones of the last W positions up to p - 1. It may be all of the
    /// known tokens.
    /// </summary>
    public PrefixHit Match(Sequence sequence)
    {
        _matched.Clear();
        if (sequence.Chain is not { } chain || sequence.Request.SkipsPrefixCache)
            return default;
        var hit = default(PrefixHit);
        var names = chain.Names(sequence.Length / KvBlockCounts.BlockPositions, sequence.Tokens);
        for (int i = 0, sliding = 0; i < names.Length; i++)
        {
            var entry = _index.Find(names[i], chain.Parent(i), PrefixChain.TokensOf(i, sequence.Tokens));
            if (entry is null || entry.Block(LayerKind.Global) == PrefixEntry.NoBlock)
                break;
            _matched.Add(entry);
            sliding = entry.Block(LayerKind.Sliding) == PrefixEntry.NoBlock ? 0 : sliding + 1;
            var end = i + 1;
            var first = Math.Max(0, (end * KvBlockCounts.BlockPositions) - _options.SlidingWindow) / KvBlockCounts.BlockPositions;
            if (sliding >= end - first)
                hit = new PrefixHit(end, first);
        }

        return hit;
    }

    /// <summary>Whether the pools have room for the known tokens of a waiting sequence and for one more, beside <paramref name="spare"/> blocks that
    /// are left to the running ones. Empty pools have room for every sequence that <see cref="Fit"/> lets in.</summary>
    /// <param name="hit">Its last match.</param>
    public bool HasRoom(Sequence sequence, PrefixHit hit, int spare)
    {
        var need = Fit.Need(Math.Min(sequence.Length + 2, sequence.MaxLength));
        var sliding = Math.Min(need.Sliding, need.Global - hit.FirstSliding) - (hit.Blocks - hit.FirstSliding);
        return need.Global - hit.Blocks + Idle(LayerKind.Global, 0, hit.Blocks) + spare <= _pools[0].Available
            && Math.Max(0, sliding) + Idle(LayerKind.Sliding, hit.FirstSliding, hit.Blocks) + spare <= _pools[1].Available;
    }

    /// <summary>Gives a sequence that was just admitted the blocks of its match; those that shards have lost are restored in the same step.</summary>
    /// <param name="hit">Its last match.</param>
    public void Adopt(Sequence sequence, PrefixHit hit, StepBatchBuilder batch)
    {
        foreach (var kind in Kinds)
        {
            var table = sequence.Blocks(kind);
            table.StartAt(kind == LayerKind.Global ? 0 : hit.FirstSliding);
            while (table.End < hit.Blocks)
            {
                var block = _matched[table.End].Block(kind);
                _pools[(int)kind].Share(block);
                if (_missing.Remove(new KvBlock(kind, block)))
                {
                    batch.Restore(kind, block);
                    batch.Name(kind, block, _matched[table.End].Name);
                    _named[(int)kind][block] = true;
                }

                Append(sequence, kind, block, batch);
            }
        }
    }

    /// <summary>How many of the next <paramref name="rows"/> positions of a running sequence the pools can cover now. Gives back first what left its
    /// window: these blocks may be needed at once.</summary>
    public int Room(Sequence sequence, int rows)
    {
        DropBehindWindow(sequence);
        foreach (var kind in Kinds)
        {
            var blocks = sequence.Blocks(kind).End + (long)_pools[(int)kind].Available;
            rows = (int)Math.Min(rows, (blocks * KvBlockCounts.BlockPositions) - sequence.NextPosition);
        }

        return rows;
    }

    /// <summary>Makes the tables of a running sequence cover its next <paramref name="rows"/> positions, for which there is <see cref="Room"/>.</summary>
    public void Cover(Sequence sequence, int rows, StepBatchBuilder batch)
    {
        var end = KvBlockCounts.For(sequence.NextPosition + rows);
        foreach (var kind in Kinds)
        {
            while (sequence.Blocks(kind).End < end)
                Append(sequence, kind, Allocate(kind, sequence.Request.Tenant, batch), batch);
        }
    }

    /// <summary>Lets others find the blocks that a running sequence has filled.</summary>
    /// <param name="planned">The step being planned, if it is what fills them; null: one in flight does, or they are filled.</param>
    public void Index(Sequence sequence, InFlightStep? planned, List<InFlightStep> inFlight, StepBatchBuilder batch)
    {
        var full = Math.Min(sequence.NextPosition, sequence.Length) / KvBlockCounts.BlockPositions;
        if (sequence.Chain is not { } chain || full <= sequence.IndexedBlocks)
            return;
        var names = chain.Names(full, sequence.Tokens);
        var step = planned ?? inFlight.Find(s => s.Number == sequence.LatestStep);
        for (var i = sequence.IndexedBlocks; i < full; i++)
        {
            foreach (var kind in Kinds)
            {
                if (i < sequence.Blocks(kind).First)
                    continue; // it left the window before its last token was known here
                var block = sequence.Blocks(kind)[i];
                var tokens = PrefixChain.TokensOf(i, sequence.Tokens);
                if (_missing.Count > 0 && _index.Find(names[i], chain.Parent(i), tokens)?.Block(kind) is { } known && _missing.Remove(new KvBlock(kind, known)))
                    Discard(kind, known); // this one is on every shard
                if (!_index.TryAdd(names[i], chain.Parent(i), tokens, kind, block))
                    continue;
                _pools[(int)kind].MarkIndexed(block);
                step?.Fills.Add(new KvBlock(kind, block));
                batch.Name(kind, block, names[i]);
                _named[(int)kind][block] = true;
            }
        }

        sequence.IndexedBlocks = full;
    }

    /// <summary>Takes everything back that a running sequence holds, the last blocks first: a chain is evicted from its end.</summary>
    public void Free(Sequence sequence)
    {
        foreach (var kind in Kinds)
        {
            var table = sequence.Blocks(kind);
            while (table.Held > 0)
                Release(kind, table.DropLast());
            table.Clear();
        }
    }

    /// <summary>Frees and zeroes what is cached of a chain and held by nobody. Whoever shares its beginning computes that once more.</summary>
    public void Forget(PrefixChain chain, ReadOnlySpan<int> tokens, StepBatchBuilder batch)
    {
        var names = chain.Names(tokens.Length / KvBlockCounts.BlockPositions, tokens);
        for (var i = 0; i < names.Length; i++)
        {
            if (_index.Find(names[i], chain.Parent(i), PrefixChain.TokensOf(i, tokens)) is not { } entry)
                continue;
            foreach (var kind in Kinds)
            {
                if (entry.Block(kind) is not (>= 0 and var block) || !_pools[(int)kind].IsIdle(block))
                    continue;
                Discard(kind, block);
                _missing.Remove(new KvBlock(kind, block));
                batch.Zero(kind, block);
                Unname(kind, block, batch);
            }
        }
    }

    /// <summary>An epoch has failed, and no table holds anything any more: what its steps in flight were to fill or restore is not cached, and what they were to zero is zeroed again.</summary>
    public void Fail(IReadOnlyList<InFlightStep> inFlight, IEnumerable<KvBlock> zeroed, StepBatchBuilder batch)
    {
        foreach (var (kind, block) in inFlight.SelectMany(step => step.Fills))
        {
            if (!_pools[(int)kind].IsFree(block))
                Discard(kind, block);
        }

        SuspectNames();
        foreach (var (kind, block) in zeroed)
        {
            if (!_pools[(int)kind].IsFree(block))
                continue;
            batch.Zero(kind, block);
            Unname(kind, block, batch);
        }
    }

    /// <summary>Between two epochs: these shards hold nothing of what is cached. It is restored from their partners when it is next used; what was not restored since other shards were lost is forgotten, for
    /// a partner may be among these.</summary>
    public void Lose(ReadOnlySpan<int> shards)
    {
        foreach (var (kind, block) in _missing)
            Discard(kind, block);
        _missing.Clear();
        _lost = shards.ToArray();
        foreach (var kind in Kinds)
        {
            _pools[(int)kind].ForgetTenants();
            for (var block = 0; block < _pools[(int)kind].Count; block++)
            {
                if (!_pools[(int)kind].IsFree(block))
                    _missing.Add(new KvBlock(kind, block));
            }
        }
    }

    /// <summary>Before the first epoch: these blocks hold what they are named for.</summary>
    public void Recall(ReadOnlySpan<NamedBlock> blocks)
    {
        var recalled = Kinds.Select(_ => new List<int>()).ToArray();
        foreach (ref readonly var named in blocks)
        {
            if (_pools[(int)named.Kind].IsFree(named.Block) && _index.TryRecall(named.Name, named.Kind, named.Block))
                recalled[(int)named.Kind].Add(named.Block);
        }

        foreach (var kind in Kinds)
            _pools[(int)kind].Recall(recalled[(int)kind]);
    }

    /// <summary>Nothing is held or cached any more; the tables are the sequences' own to clear.</summary>
    public void Reset()
    {
        _missing.Clear();
        _lost = [];
        SuspectNames();
        _index.Clear();
        foreach (var pool in _pools)
            pool.Reset();
    }

    /// <summary>Position t sees t - W + 1 .. t, so a block is of no more use when its last position is at or below t - W.</summary>
    private void DropBehindWindow(Sequence sequence)
    {
        var table = sequence.Blocks(LayerKind.Sliding);
        var lastHidden = sequence.NextPosition - _options.SlidingWindow;
        while (table.Held > 0 && LastPosition(table.First) <= lastHidden)
            Release(LayerKind.Sliding, table.DropFirst());
    }

    private int Allocate(LayerKind kind, string tenant, StepBatchBuilder batch)
    {
        var block = _pools[(int)kind].Allocate(tenant, out var evicted, out var foreign);
        if (evicted)
        {
            _index.Forget(kind, block);
            _missing.Remove(new KvBlock(kind, block));
            Evictions++;
        }

        if (foreign)
            batch.Zero(kind, block);
        Unname(kind, block, batch);
        return block;
    }

    // What blocks are called on shards that were here before is not known; each is unnamed when it is handed out.
    private void SuspectNames()
    {
        foreach (var named in _named)
            Array.Fill(named, true);
    }

    private void Unname(LayerKind kind, int block, StepBatchBuilder batch)
    {
        if (!_named[(int)kind][block])
            return;
        batch.Name(kind, block, 0);
        _named[(int)kind][block] = false;
    }

    private void Discard(LayerKind kind, int block)
    {
        _index.Forget(kind, block);
        _pools[(int)kind].Discard(block);
    }

    private void Release(LayerKind kind, int block)
    {
        _pools[(int)kind].Release(block);
        Releases++;
    }

    private int Idle(LayerKind kind, int from, int to)
    {
        var idle = 0;
        for (var i = from; i < to; i++)
            idle += _pools[(int)kind].IsIdle(_matched[i].Block(kind)) ? 1 : 0;
        return idle;
    }

    private static void Append(Sequence sequence, LayerKind kind, int block, StepBatchBuilder batch)
    {
        var table = sequence.Blocks(kind);
        batch.Change(sequence.Number, kind, table.End, block);
        table.Append(block);
    }

    private static int LastPosition(int index) => ((index + 1) * KvBlockCounts.BlockPositions) - 1;
}
