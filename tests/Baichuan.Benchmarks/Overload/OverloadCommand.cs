using System.CommandLine;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Overload;

/// <summary><c>overload</c>: what ten times as many requests as the cluster can serve leave of what it serves.</summary>
internal static class OverloadCommand
{
    public static Command Create()
    {
        var serving = new ServingOptions();
        var seconds = new Option<int>("--seconds") { Description = "Length of the overload.", DefaultValueFactory = _ => 60 };
        var rounds = new Option<int>("--rounds") { Description = "How many overloads, each between two looks at the peak.", DefaultValueFactory = _ => 1 };
        var prompt = Range("--prompt", "Tokens of a prompt: the least and the most.", [32, 96]);
        var generate = Range("--generate", "Tokens of a completion: the least and the most.", [128, 256]);
        var waiting = new Option<int>("--max-waiting") { Description = "How many requests wait for one of 8 places: as many as begin within 5 s.", DefaultValueFactory = _ => 3 };
        var times = new Option<int>("--times") { Description = "How many times the peak goodput arrives.", DefaultValueFactory = _ => 10 };
        var command = new Command("overload", "Finds the peak goodput, sends a multiple of it for a while, and looks at what is left, at the refusals, and at the time after.")
        {
            seconds, rounds, times, prompt, generate, waiting,
        };
        serving.AddTo(command);
        command.SetAction((arguments, cancellation) => OverloadRun.RunAsync(
            serving.ShapeOf(arguments),
            new OverloadPlan(
                arguments.GetValue(rounds),
                TimeSpan.FromSeconds(arguments.GetValue(seconds)),
                arguments.GetValue(times),
                arguments.GetValue(waiting),
                arguments.GetValue(prompt)!,
                arguments.GetValue(generate)!),
            serving.JsonOf(arguments),
            cancellation));
        return command;
    }

    private static Option<int[]> Range(string name, string description, int[] ends) => new(name)
    {
        Description = description,
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ends,
    };
}
