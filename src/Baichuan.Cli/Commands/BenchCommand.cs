using System.CommandLine;
using Baichuan.Cli.Bench;

namespace Baichuan.Cli.Commands;

/// <summary><c>baichuan bench</c>: load on a running cluster, and how it bears it.</summary>
internal static class BenchCommand
{
    public static Command Create(CommandContext context)
    {
        var address = AddressOption.Create(context.EnvironmentAddress);
        var apiKey = ApiKeyOption.Create(context.EnvironmentKey);
        var flags = new BenchFlags();
        var command = new Command(
            "bench",
            """
            Sends requests to a running gateway by a timetable, whether it keeps up or not, and reports throughput and latency.

            Words and definitions are those of `vllm bench serve`, except that TTFT and E2E count from when a request was due: waiting for --max-concurrency is latency too.
            A distribution N is a number (always that), uniform:MIN..MAX, normal:MEAN,SD or lognormal:MEDIAN,SIGMA; the last two may end with ,MIN..MAX.
            """)
        {
            address, apiKey,
        };
        flags.AddTo(command);
        command.SetAction((parsed, _) =>
        {
            var inputs = flags.ReadInputs(parsed);
            var gateway = parsed.GetRequiredValue(address);
            return GatewayCall.RunAsync(gateway, parsed.GetValue(apiKey), client => new BenchRun(context, client, gateway).RunAsync(inputs, flags.ReadOutputs(parsed)));
        });
        return command;
    }
}
