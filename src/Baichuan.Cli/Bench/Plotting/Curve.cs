using Baichuan.Cli.Bench.Reporting;

namespace Baichuan.Cli.Bench.Plotting;

/// <param name="LimitMs">The objective, if there is one.</param>
internal sealed record Curve(string Name, Samples Samples, string Colour, double? LimitMs);
