namespace Baichuan.Cli.Bench;

/// <param name="Json">Whether the report is wanted as JSON.</param>
/// <param name="JsonFile">Where that goes; null: to standard output, in place of the tables.</param>
/// <param name="PlotFile">Where the plot goes; null: none is wanted.</param>
internal sealed record BenchOutputs(bool Json, string? JsonFile, string? PlotFile);
