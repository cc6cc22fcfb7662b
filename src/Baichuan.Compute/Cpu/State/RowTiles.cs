using Baichuan.Compute.Cpu.Attention;
using Baichuan.Compute.Sequences;

namespace Baichuan.Compute.Cpu.State;

/// <summary>A step's chunks cut into runs of a few rows, which attention takes together.</summary>
internal sealed class RowTiles(int maxRows)
{
    private readonly RowTile[] _tiles = new RowTile[maxRows];
    private int _count;

    public ReadOnlySpan<RowTile> All => _tiles.AsSpan(0, _count);

    public void Cut(StepRows rows)
    {
        _count = 0;
        for (var chunk = 0; chunk < rows.Chunks.Length; chunk++)
        {
            var (first, count) = (rows.FirstRow(chunk), rows.Chunks[chunk].Count);
            for (var i = 0; i < count; i += AttentionTile.MaxRows)
                _tiles[_count++] = new RowTile(first + i, Math.Min(AttentionTile.MaxRows, count - i));
        }
    }
}
