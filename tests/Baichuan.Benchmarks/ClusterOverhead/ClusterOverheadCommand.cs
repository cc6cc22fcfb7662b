using System.CommandLine;
using Baichuan.Model.Plan;

namespace Baichuan.Benchmarks.ClusterOverhead;

/// <summary><c>cluster-overhead</c>: what gateway, grains and data channels take of the speed that the same two shards have in one process.</summary>
internal static class ClusterOverheadCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Folder of the checkpoint.", Required = true };
        var weights = new Option<WeightType>("--weights") { Description = "Type of the matrices in memory.", DefaultValueFactory = _ => WeightType.BF16 };
        var batch = new Option<string>("--batch") { Description = "Numbers of streams at once.", DefaultValueFactory = _ => "1,8" };
        var prompt = new Option<int>("--prompt") { Description = "Tokens of each prompt.", DefaultValueFactory = _ => 64 };
        var generate = new Option<int>("--generate") { Description = "Tokens of each completion.", DefaultValueFactory = _ => 128 };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each kind, one after the other in turn.", DefaultValueFactory = _ => 5 };
        var command = new Command("cluster-overhead", "Decodes with two ranks in one process and with a gateway and two silos, in turn, and compares.")
        {
            model, weights, batch, prompt, generate, rounds,
        };
        command.SetAction((arguments, cancellation) => OverheadRun.RunAsync(
            new Workload(arguments.GetRequiredValue(model), arguments.GetValue(weights), arguments.GetValue(prompt), arguments.GetValue(generate)),
            [.. arguments.GetRequiredValue(batch).Split(',').Select(int.Parse)],
            arguments.GetValue(rounds),
            Console.Out,
            cancellation));
        return command;
    }
}
