using Baichuan.Cli.Bench;
using Baichuan.Cli.Bench.Planning;

namespace Baichuan.Cli.Tests.Bench;

internal static class Inputs
{
    /// <summary>Random prompts, all at once; tests change what they are about.</summary>
    public static BenchInputs Random { get; } = new()
    {
        Workload = Workload.Random,
        Seed = 1,
        NumPrompts = 20,
        RequestRate = null,
        Burstiness = 1,
        MaxConcurrency = null,
        InputLen = DistributionParser.Parse("uniform:5..9"),
        OutputLen = DistributionParser.Parse("uniform:2..4"),
        NumPrefixes = null,
        PrefixLen = null,
        Turns = null,
        ThinkTime = null,
        Warmup = 0,
        Slo = null,
    };

    public static BenchInputs SharedPrefix { get; } = Random with { Workload = Workload.SharedPrefix, NumPrefixes = 3, PrefixLen = 10 };

    public static BenchInputs MultiTurn { get; } =
        Random with { Workload = Workload.MultiTurn, Turns = 3, ThinkTime = DistributionParser.Parse("uniform:1..5") };
}
