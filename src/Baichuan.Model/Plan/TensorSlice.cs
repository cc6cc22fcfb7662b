namespace Baichuan.Model.Plan;

/// <summary>
/// The part of one stored tensor that a shard reads, seen as a matrix [rows, columns] (a vector is one column; conv_k and conv_v, stored as
/// (1, 1, KV, 1, 2), are [KV, 2]).
/// </summary>
/// <param name="Name">The tensor's name in the checkpoint.</param>
/// <param name="Shape">The stored shape that the checkpoint must state.</param>
/// <param name="Rows">The row ranges to read, in the order in which they are laid down one after the other.</param>
/// <param name="Columns">The columns to read of each of those rows.</param>
public sealed record TensorSlice(string Name, IReadOnlyList<int> Shape, IReadOnlyList<IndexRange> Rows, IndexRange Columns)
{
    public int RowCount => Rows.Sum(r => r.Count);

    public long ElementCount => (long)RowCount * Columns.Count;
}
