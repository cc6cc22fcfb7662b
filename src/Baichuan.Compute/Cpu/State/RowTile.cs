namespace Baichuan.Compute.Cpu.State;

/// <summary>A few consecutive rows of one chunk.</summary>
internal readonly record struct RowTile(int FirstRow, int Rows);
