using System.CommandLine;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.LongPrompt;

/// <summary><c>long-prompt</c>: what long prompts that arrive do to the streams that run.</summary>
internal static class LongPromptCommand
{
    public static Command Create()
    {
        var serving = new ServingOptions();
        var streams = new Option<int>("--streams") { Description = "Streams that run.", DefaultValueFactory = _ => 8 };
        var prompt = new Option<int>("--prompt") { Description = "Tokens of each long prompt.", DefaultValueFactory = _ => 4000 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds, each with a part without and a part with long prompts.", DefaultValueFactory = _ => 4 };
        var seconds = new Option<int>("--seconds") { Description = "Length of each part.", DefaultValueFactory = _ => 18 };
        var command = new Command("long-prompt", "Measures the time between tokens of running streams, without long prompts and while they arrive one after another.")
        {
            streams, prompt, rounds, seconds,
        };
        serving.AddTo(command);
        command.SetAction((arguments, cancellation) => LongPromptRun.RunAsync(
            serving.ShapeOf(arguments),
            arguments.GetValue(streams),
            arguments.GetValue(prompt),
            arguments.GetValue(rounds),
            TimeSpan.FromSeconds(arguments.GetValue(seconds)),
            serving.JsonOf(arguments),
            cancellation));
        return command;
    }
}
