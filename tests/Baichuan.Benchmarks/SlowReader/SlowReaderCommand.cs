using System.CommandLine;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.SlowReader;

/// <summary><c>slow-reader</c>: what clients that read nothing cost those that read.</summary>
internal static class SlowReaderCommand
{
    public static Command Create()
    {
        var serving = new ServingOptions();
        var streams = new Option<int>("--streams") { Description = "Clients that read.", DefaultValueFactory = _ => 8 };
        var slow = new Option<int>("--slow") { Description = "Clients that do not, in every other part of a round.", DefaultValueFactory = _ => 4 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds.", DefaultValueFactory = _ => 10 };
        var seconds = new Option<int>("--seconds") { Description = "Length of each part of a round.", DefaultValueFactory = _ => 8 };
        var command = new Command("slow-reader", "Compares the inter-token latency of some streams with and without streams beside them whose clients read nothing.") { streams, slow, rounds, seconds };
        serving.AddTo(command);
        command.SetAction((arguments, cancellation) => SlowReaderRun.RunAsync(
            serving.ShapeOf(arguments), arguments.GetValue(streams), arguments.GetValue(slow), arguments.GetValue(rounds), TimeSpan.FromSeconds(arguments.GetValue(seconds)),
            serving.JsonOf(arguments), cancellation));
        return command;
    }
}
