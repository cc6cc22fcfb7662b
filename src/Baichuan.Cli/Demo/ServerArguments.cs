using System.Globalization;

namespace Baichuan.Cli.Demo;

/// <summary>What the demo knows of baichuan-server's command line: two stages of two ranks, every shard in a process of its own.</summary>
internal static class ServerArguments
{
    public static IReadOnlyList<string> Of(int grpcPort, int metricsPort, int httpPort, string dataFolder) =>
    [
        "--silos", "4",
        "--slots", "1",
        "--tensor-parallel", "2",
        "--pipeline-parallel", "2",
        "--grpc-port", grpcPort.ToString(CultureInfo.InvariantCulture),
        "--metrics-port", metricsPort.ToString(CultureInfo.InvariantCulture),
        "--http-port", httpPort.ToString(CultureInfo.InvariantCulture),
        "--data", dataFolder,
    ];
}
