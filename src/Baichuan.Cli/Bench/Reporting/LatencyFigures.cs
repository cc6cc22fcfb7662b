namespace Baichuan.Cli.Bench.Reporting;

/// <summary>In milliseconds.</summary>
internal sealed record LatencyFigures(double Mean, double Median, double P90, double P99);
