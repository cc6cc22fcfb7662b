using System.CommandLine;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Hostile;

/// <summary><c>hostile</c>: what a gateway answers to requests that no honest client sends, and how soon.</summary>
internal static class HostileCommand
{
    public static Command Create()
    {
        var serving = new ServingOptions();
        var count = new Option<int>("--count") { Description = "How many.", DefaultValueFactory = _ => 10_000 };
        var seed = new Option<int>("--seed") { Description = "The same seed makes the same requests.", DefaultValueFactory = _ => 1 };
        var command = new Command("hostile", "Sends generated requests that are wrong in their values, texts, frames or JSON, and a good one now and then.") { count, seed };
        serving.AddTo(command);
        command.SetAction((arguments, _) => HostileRun.RunAsync(serving.ShapeOf(arguments), arguments.GetValue(seed), arguments.GetValue(count), serving.JsonOf(arguments)));
        return command;
    }
}
