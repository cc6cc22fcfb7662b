namespace Baichuan.Cli.Bench.Reporting;

/// <param name="Status">The gRPC status, such as UNAVAILABLE.</param>
/// <param name="Example">What the gateway said of the first one.</param>
internal sealed record FailureCount(string Status, int Count, string Example);
