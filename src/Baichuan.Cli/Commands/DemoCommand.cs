using System.CommandLine;
using Baichuan.Cli.Demo;

namespace Baichuan.Cli.Commands;

/// <summary><c>baichuan demo</c>: a whole cluster on this machine, a question, and its answer.</summary>
internal static class DemoCommand
{
    // One whose answer by the demo model is a whole one.
    private const string DefaultQuestion = "Is cystic fibrosis inherited?";

    public static Command Create(CommandContext context)
    {
        var question = new Option<string>("--question") { Description = "What to ask.", HelpName = "TEXT", DefaultValueFactory = _ => DefaultQuestion };
        var keep = new Option<bool>("--keep") { Description = "Leaves the cluster running, and says how to talk to it." };
        var command = new Command("demo", "Builds the server, starts a cluster on this machine, asks it a question, and stops it.") { question, keep };
        command.SetAction((parsed, cancellationToken) =>
            new DemoRun(context).RunAsync(parsed.GetRequiredValue(question), parsed.GetValue(keep), cancellationToken));
        return command;
    }
}
