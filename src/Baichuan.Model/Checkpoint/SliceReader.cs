using System.Buffers;
using System.Runtime.InteropServices;
using Baichuan.Model.Plan;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// Reads rows of a tensor slice as f32, in stretches of at most 4 MiB through one pooled buffer, whatever the size of the slice. Of cut rows a
/// stretch holds the columns between too: a read for each row took five times as long from a cold disk as reading the tensor whole, and no
/// less time from the file cache.
/// </summary>
internal static class SliceReader
{
    private const int StretchBytes = 4 << 20;

    /// <param name="destination">[rowCount, slice.Columns.Count]</param>
    public static void Read(StoredTensor tensor, TensorSlice slice, int firstRow, int rowCount, Span<float> destination)
    {
        var columns = slice.Columns;
        // Columns are at most 2^20, so that a row fits a stretch.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(StretchBytes, (long)rowCount * tensor.Columns * tensor.ElementBytes));
        try
        {
            foreach (var range in slice.Rows)
            {
                var skipped = Math.Min(firstRow, range.Count);
                var count = Math.Min(rowCount, range.Count - skipped);
                var rows = new IndexRange(range.Start + skipped, range.Start + skipped + count);
                if (columns.Count == tensor.Columns)
                    ReadWhole(tensor, rows, destination[..(count * columns.Count)], buffer);
                else
                    ReadCut(tensor, rows, columns, destination[..(count * columns.Count)], buffer);
                destination = destination[(count * columns.Count)..];
                firstRow -= skipped;
                rowCount -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void ReadWhole(StoredTensor tensor, IndexRange rows, Span<float> destination, Span<byte> buffer)
    {
        var offset = tensor.OffsetOf(rows.Start, 0);
        while (!destination.IsEmpty)
        {
            var piece = destination[..Math.Min(destination.Length, StretchBytes / sizeof(float))];
            // Stored f32 needs no conversion and thus no buffer.
            var stretch = tensor.Type == StoredType.F32 ? MemoryMarshal.AsBytes(piece) : buffer[..(piece.Length * tensor.ElementBytes)];
            tensor.File.Read(stretch, offset, tensor.Name);
            if (tensor.Type != StoredType.F32)
                FloatConversion.ToSingle(stretch, tensor.Type, piece);
            destination = destination[piece.Length..];
            offset += stretch.Length;
        }
    }

    private static void ReadCut(StoredTensor tensor, IndexRange rows, IndexRange columns, Span<float> destination, Span<byte> buffer)
    {
        var rowBytes = tensor.Columns * tensor.ElementBytes;
        var keptBytes = columns.Count * tensor.ElementBytes;
        for (var row = rows.Start; row < rows.End;)
        {
            // From the first kept column of the first row to the last kept one of the last.
            var count = Math.Min(rows.End - row, 1 + ((buffer.Length - keptBytes) / rowBytes));
            var stretch = buffer[..(((count - 1) * rowBytes) + keptBytes)];
            tensor.File.Read(stretch, tensor.OffsetOf(row, columns.Start), tensor.Name);
            for (var i = 0; i < count; i++)
            {
                FloatConversion.ToSingle(stretch.Slice(i * rowBytes, keptBytes), tensor.Type, destination[..columns.Count]);
                destination = destination[columns.Count..];
            }

            row += count;
        }
    }
}
