namespace Baichuan.Cli.Bench.Reporting;

/// <summary>Of completed requests, over the duration of the run.</summary>
/// <param name="TotalTokensPerSecond">Input and output.</param>
internal sealed record Throughput(double RequestsPerSecond, double OutputTokensPerSecond, double TotalTokensPerSecond);
