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
        var times = new Option<int>("--times") { Description = "How many times the peak goodput arrives.", DefaultValueFactory = _ => 10 };
        var command = new Command("overload", "Finds the peak goodput, sends a multiple of it for a while, and looks at what is left, at the refusals, and at the time after.")
        {
            seconds, times,
        };
        serving.AddTo(command);
        command.SetAction((arguments, cancellation) => OverloadRun.RunAsync(
            serving.ShapeOf(arguments), arguments.GetValue(times), TimeSpan.FromSeconds(arguments.GetValue(seconds)), serving.JsonOf(arguments), cancellation));
        return command;
    }
}
