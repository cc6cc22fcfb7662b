using System.Buffers;
using System.Runtime.InteropServices;
using Baichuan.Model.Plan;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// Reads rows of a tensor slice as f32. Whole rows are read in long stretches; of cut rows only the wanted columns are read. Scratch memory is
/// one pooled buffer, whatever the size of the slice.
/// </summary>
internal static class SliceReader
{
    private const int MaxStretchBytes = 4 << 20;

    /// <param name="destination">[rowCount, slice.Columns.Count]</param>
    public static void Read(StoredTensor tensor, TensorSlice slice, int firstRow, int rowCount, Span<float> destination)
    {
        var columns = slice.Columns;
        foreach (var range in slice.Rows)
        {
            var skipped = Math.Min(firstRow, range.Count);
            var count = Math.Min(rowCount, range.Count - skipped);
            ReadRange(tensor, new IndexRange(range.Start + skipped, range.Start + skipped + count), columns, destination);
            destination = destination[(count * columns.Count)..];
            firstRow -= skipped;
            rowCount -= count;
        }
    }

    private static void ReadRange(StoredTensor tensor, IndexRange rows, IndexRange columns, Span<float> destination)
    {
        if (columns.Count == tensor.Columns)
        {
            ReadStretch(tensor, tensor.OffsetOf(rows.Start, 0), destination[..(rows.Count * columns.Count)]);
            return;
        }

        for (var row = 0; row < rows.Count; row++)
            ReadStretch(tensor, tensor.OffsetOf(rows.Start + row, columns.Start), destination.Slice(row * columns.Count, columns.Count));
    }

    private static void ReadStretch(StoredTensor tensor, long offset, Span<float> destination)
    {
        if (tensor.Type == StoredType.F32)
        {
            // In pieces, since a span of floats may have more bytes than a span of bytes can hold.
            for (var done = 0; done < destination.Length;)
            {
                var piece = destination[done..Math.Min(destination.Length, done + (MaxStretchBytes / sizeof(float)))];
                tensor.File.Read(MemoryMarshal.AsBytes(piece), offset + ((long)done * sizeof(float)), tensor.Name);
                done += piece.Length;
            }

            return;
        }

        var bytes = ArrayPool<byte>.Shared.Rent((int)Math.Min(MaxStretchBytes, (long)destination.Length * tensor.ElementBytes));
        try
        {
            var most = bytes.Length / tensor.ElementBytes;
            while (!destination.IsEmpty)
            {
                var piece = destination[..Math.Min(destination.Length, most)];
                var stored = bytes.AsSpan(0, piece.Length * tensor.ElementBytes);
                tensor.File.Read(stored, offset, tensor.Name);
                FloatConversion.ToSingle(stored, tensor.Type, piece);
                destination = destination[piece.Length..];
                offset += stored.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
