namespace Baichuan.Cli.Bench.Reporting;

/// <param name="Requests">Completed ones that met every objective.</param>
/// <param name="RequestsPerSecond">Over the duration of the run.</param>
internal sealed record Goodput(int Requests, double RequestsPerSecond);
