using System.CommandLine;

namespace Baichuan.Benchmarks.ChannelCost;

/// <summary><c>channel-cost</c>: what an all-reduce between two processes' data channels takes in the clear and under TLS.</summary>
internal static class ChannelCostCommand
{
    public static Command Create()
    {
        var values = new Option<string>("--values") { Description = "Values of an all-reduce: rows times the hidden size.", DefaultValueFactory = _ => "192,1536,5120,40960,655360" };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each kind, in turn.", DefaultValueFactory = _ => 9 };
        var command = new Command("channel-cost", "All-reduces of two ranks over loopback, in the clear and under TLS in turn: two threads, a listener each.") { values, rounds };
        command.SetAction((arguments, _) => ChannelCostRun.RunAsync(
            [.. arguments.GetRequiredValue(values).Split(',').Select(int.Parse)], arguments.GetValue(rounds), Console.Out));
        return command;
    }
}
