using System.CommandLine;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Cancellations;

/// <summary><c>cancellations</c>: what is left of requests whose clients went away.</summary>
internal static class CancellationsCommand
{
    public static Command Create()
    {
        var serving = new ServingOptions();
        var count = new Option<int>("--count") { Description = "How many requests.", DefaultValueFactory = _ => 5_000 };
        var seed = new Option<int>("--seed") { Description = "The same seed makes the same requests.", DefaultValueFactory = _ => 1 };
        var command = new Command("cancellations", "Cancels requests at random phases, and compares what the processes hold before and after.") { count, seed };
        serving.AddTo(command);
        command.SetAction((arguments, _) => CancellationsRun.RunAsync(serving.ShapeOf(arguments), arguments.GetValue(seed), arguments.GetValue(count), serving.JsonOf(arguments)));
        return command;
    }
}
