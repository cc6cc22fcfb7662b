namespace Baichuan.Model.Checkpoint;

/// <summary>Where a checked tensor lies, seen as the matrix of <see cref="Plan.TensorSlice"/>.</summary>
/// <param name="Offset">First byte in the file.</param>
internal sealed record StoredTensor(string Name, SafetensorsFile File, StoredType Type, long Offset, int Rows, int Columns)
{
    public int ElementBytes => StoredTypes.BytesOf(Type);

    public long ByteCount => (long)Rows * Columns * ElementBytes;

    /// <summary>Where element (row, column) starts in the file.</summary>
    public long OffsetOf(int row, int column) => Offset + ((((long)row * Columns) + column) * ElementBytes);
}
