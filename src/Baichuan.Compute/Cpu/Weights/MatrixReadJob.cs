using System.Buffers;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>Reads the rows of one slice from the checkpoint into one column group of a matrix; a part is a tile of rows.</summary>
internal sealed unsafe class MatrixReadJob(ModelCheckpoint checkpoint, CancellationToken cancellation) : ComputeJob
{
    // 1 MiB of f32: what a thread holds besides the matrix itself.
    private const int TileElements = 1 << 18;

    public required TensorSlice Slice { get; init; }

    public required WeightType Type { get; init; }

    /// <summary>[rows, columns] of the slice: written.</summary>
    public required nint Destination { get; init; }

    /// <summary>[rows]: gets 1 / max(||row||, 1e-12), or null.</summary>
    public float* InverseNorms { get; init; }

    public void Run(ComputePool pool)
    {
        if (Slice.Columns.Count > 0)
            pool.Run(this, Slice.RowCount, Math.Max(1, TileElements / Slice.Columns.Count));
    }

    protected internal override void RunPart(int start, int end)
    {
        cancellation.ThrowIfCancellationRequested();
        var columns = Slice.Columns.Count;
        var elements = (end - start) * columns;
        var offset = (nint)start * columns;
        if (Type == WeightType.F32)
        {
            var rows = new Span<float>((float*)Destination + offset, elements);
            checkpoint.ReadRows(Slice, start, end - start, rows);
            Measure(rows, start);
            return;
        }

        var tile = ArrayPool<float>.Shared.Rent(elements);
        checkpoint.ReadRows(Slice, start, end - start, tile.AsSpan(0, elements));
        Measure(tile.AsSpan(0, elements), start);
        var narrow = (Bf16*)Destination + offset;
        for (var i = 0; i < elements; i++)
            narrow[i] = Bf16.From(tile[i]);
        ArrayPool<float>.Shared.Return(tile);
    }

    private void Measure(ReadOnlySpan<float> rows, int firstRow)
    {
        if (InverseNorms is null)
            return;
        for (var row = 0; row * Slice.Columns.Count < rows.Length; row++)
        {
            var squares = 0.0;
            foreach (var value in rows.Slice(row * Slice.Columns.Count, Slice.Columns.Count))
                squares += (double)value * value;
            InverseNorms[firstRow + row] = (float)(1 / Math.Max(Math.Sqrt(squares), 1e-12));
        }
    }
}
