using System.Globalization;
using System.Text.Json;

namespace Baichuan.Benchmarks.Measuring;

/// <summary>What a verb has measured: printed as it comes, and written as JSON at the end where that is asked for.</summary>
internal sealed class Report(string verb, TextWriter output)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n" };

    private readonly List<Figure> _figures = [];
    private readonly List<PassLine> _lines = [];

    /// <summary>Something for people.</summary>
    public void Note(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    public void Add(string name, string unit, double value, string format = "F2") => Add(name, unit, new Spread([value]), format);

    public void Add(string name, string unit, Spread spread, string format = "F2")
    {
        _figures.Add(new Figure(name, unit, spread.Median, spread.Least, spread.Greatest, spread.Count));
        output.WriteLine($"  {name}: {(spread.Count > 1 ? spread.ToString(format) : spread.Median.ToString(format, CultureInfo.InvariantCulture))} {unit}".TrimEnd());
    }

    public void Require(PassLine line)
    {
        _lines.Add(line);
        Note($"{line.Name} is {line.Value:G4}, to be at {(line.AtMost ? "most" : "least")} {line.Limit:G4}: {(line.Met ? "met" : "not met")}");
    }

    /// <summary>Writes the file, if there is to be one.</summary>
    /// <returns>The exit code: 0 where every line is met.</returns>
    public int Conclude(FileInfo? file)
    {
        if (file is not null)
            File.WriteAllText(file.FullName, JsonSerializer.Serialize(new { Verb = verb, Figures = _figures, Lines = _lines }, Json));
        return _lines.TrueForAll(line => line.Met) ? 0 : 1;
    }
}
