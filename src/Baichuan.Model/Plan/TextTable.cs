namespace Baichuan.Model.Plan;

/// <summary>Lines up rows of text under their titles: two spaces between columns, everything to the right.</summary>
public sealed class TextTable(params string[] titles)
{
    private readonly List<string[]> _rows = [titles];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter writer)
    {
        int[] widths = [.. Enumerable.Range(0, titles.Length).Select(column => _rows.Max(row => row[column].Length))];
        foreach (var row in _rows)
            writer.WriteLine("  " + string.Join("  ", row.Select((cell, column) => cell.PadLeft(widths[column]))));
    }
}
