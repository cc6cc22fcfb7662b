using System.CommandLine;
using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.FollowUp;

/// <summary><c>follow-up</c>: how much sooner the second turn of a session answers than the first.</summary>
internal static class FollowUpCommand
{
    public static Command Create()
    {
        var serving = new ServingOptions();
        var history = new Option<int>("--history") { Description = "Tokens of the first turn's question.", DefaultValueFactory = _ => 1000 };
        var sessions = new Option<int>("--sessions") { Description = "Sessions, one after another.", DefaultValueFactory = _ => 12 };
        var command = new Command("follow-up", "Asks two questions in each session, and compares the times to the first token.") { history, sessions };
        serving.AddTo(command);
        command.SetAction((arguments, cancellation) => FollowUpRun.RunAsync(
            serving.ShapeOf(arguments), arguments.GetValue(history), arguments.GetValue(sessions), serving.JsonOf(arguments), cancellation));
        return command;
    }
}
