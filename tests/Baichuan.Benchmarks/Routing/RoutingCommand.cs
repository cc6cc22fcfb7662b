using System.CommandLine;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Routing;

/// <summary><c>routing</c>: what it is worth to send a request where its beginning is cached.</summary>
internal static class RoutingCommand
{
    public static Command Create()
    {
        var serving = new ServingOptions();
        var replicas = new Option<int>("--replicas") { Description = "Replicas of one shard.", DefaultValueFactory = _ => 2 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds, each with both policies in turn.", DefaultValueFactory = _ => 3 };
        var command = new Command("routing", "Compares cache-aware routing with round robin: requests that share long beginnings, more of these than one replica can keep.") { replicas, rounds };
        serving.AddTo(command);
        command.SetAction((arguments, cancellation) => RoutingRun.RunAsync(
            serving.ShapeOf(arguments), arguments.GetValue(replicas), arguments.GetValue(rounds), serving.JsonOf(arguments), cancellation));
        return command;
    }
}
