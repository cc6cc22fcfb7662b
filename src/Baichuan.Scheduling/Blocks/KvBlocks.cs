using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Blocks;

/// <summary>
/// The KV blocks of a replica: hands them to sequences as their positions are planned, takes back what slid out of the window, and tells the
/// executors by block changes. A block that comes back may be handed out at once, even within the step being planned and while rows of its
/// last holder are in flight: shards run steps strictly in order, so those rows have run before the new holder's first row writes.
/// </summary>
internal sealed class KvBlocks(SchedulerOptions options)
{
    private readonly BlockPool _global = new(options.Blocks.Global);
    private readonly BlockPool _sliding = new(options.Blocks.Sliding);
    private readonly BlockBudget _budget = new(options.Blocks, options.SlidingWindow, options.MaxBatchRows);

    public BlockBudget Budget => _budget;

    public KvBlockCounts Used => new(_global.Used, _sliding.Used);

    /// <summary>Sets aside all that a sequence can need. False: not before others leave.</summary>
    public bool TryReserve(Sequence sequence) => _budget.TryReserve(_budget.Need(sequence.MaxLength));

    /// <summary>Makes the tables of a running sequence cover its next <paramref name="rows"/> positions.</summary>
    public void Cover(Sequence sequence, int rows, StepBatchBuilder batch)
    {
        // First what left the window: these blocks may be needed at once.
        DropBehindWindow(sequence);
        var end = KvBlockCounts.For(sequence.NextPosition + rows);
        Extend(sequence, LayerKind.Global, end, batch);
        Extend(sequence, LayerKind.Sliding, end, batch);
    }

    /// <summary>Takes everything back that a running sequence holds or was promised.</summary>
    public void Free(Sequence sequence)
    {
        Free(sequence, LayerKind.Global);
        Free(sequence, LayerKind.Sliding);
        _budget.Return(_budget.Need(sequence.MaxLength));
    }

    /// <summary>Nothing is held or promised any more; the tables are the sequences' own to clear.</summary>
    public void Reset()
    {
        _global.Reset();
        _sliding.Reset();
        _budget.Reset();
    }

    /// <summary>Position t sees t - W + 1 .. t, so a block is of no more use when its last position is at or below t - W.</summary>
    private void DropBehindWindow(Sequence sequence)
    {
        var table = sequence.Blocks(LayerKind.Sliding);
        var lastHidden = sequence.NextPosition - options.SlidingWindow;
        while (table.Held > 0 && LastPosition(table.First) <= lastHidden)
            _sliding.Release(table.DropFirst());
    }

    private void Extend(Sequence sequence, LayerKind kind, int end, StepBatchBuilder batch)
    {
        var table = sequence.Blocks(kind);
        while (table.End < end)
        {
            var block = Pool(kind).Allocate();
            batch.Change(sequence.Number, kind, table.End, block);
            table.Append(block);
        }
    }

    private void Free(Sequence sequence, LayerKind kind)
    {
        var table = sequence.Blocks(kind);
        while (table.Held > 0)
            Pool(kind).Release(table.DropFirst());
        table.Clear();
    }

    private BlockPool Pool(LayerKind kind) => kind == LayerKind.Global ? _global : _sliding;

    private static int LastPosition(int index) => ((index + 1) * KvBlockCounts.BlockPositions) - 1;
}
