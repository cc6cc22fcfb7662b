using System.Buffers;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>Reads a rank's rows of the embedding from the checkpoint; a part is a tile of rows.</summary>
internal sealed class EmbeddingReadJob(ModelCheckpoint checkpoint, TensorSlice slice, EmbeddingTable table, CancellationToken cancellation) : ComputeJob
{
    // 1 MiB of f32: what a thread holds besides the table itself.
    private const int TileElements = 1 << 18;

    private readonly int _tileRows = Math.Max(1, TileElements / slice.Columns.Count);

    public void Run(ComputePool pool) => pool.Run(this, slice.RowCount, _tileRows);

    protected internal override void RunPart(int start, int end)
    {
        for (var first = start; first < end; first += _tileRows)
        {
            cancellation.ThrowIfCancellationRequested();
            var rows = Math.Min(_tileRows, end - first);
            var tile = ArrayPool<float>.Shared.Rent(rows * slice.Columns.Count);
            var values = tile.AsSpan(0, rows * slice.Columns.Count);
            checkpoint.ReadRows(slice, first, rows, values);
            table.WriteRows(first, values);
            ArrayPool<float>.Shared.Return(tile);
        }
    }
}
