using System.CommandLine;
using System.CommandLine.Help;

namespace Baichuan.Cli.Commands;

/// <summary>The command line as a whole: parses it, runs a verb, and ends every failure with a sentence and an exit code.</summary>
internal static class BaichuanCommand
{
    // A question may begin with "@", which would otherwise name a file of further arguments.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        var parsed = Create(context).Parse(arguments, Parsing);
        if (parsed.Errors.Count > 0)
            return Refuse(parsed, context.Terminal);
        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = context.Terminal.Output,
                Error = context.Terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, context.Interrupts.End);
        }
        catch (FailureException e)
        {
            context.Terminal.Fail(e.Message);
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (context.Interrupts.End.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    private static RootCommand Create(CommandContext context)
    {
        var root = new RootCommand(
            $"""
            Talks to a Baichuan-M1 cluster.

            Exit codes: {ExitCode.Done} done; {ExitCode.Failed} an answer ended early, or the demo failed; {ExitCode.Refused} change the command line or the request;
            {ExitCode.Unavailable} no gateway at the address, or it cannot serve now; {ExitCode.Interrupted} interrupted.
            """)
        {
            DemoCommand.Create(context),
            ChatCommand.Create(context),
            GenerateCommand.Create(context),
            StatusCommand.Create(context),
            BenchCommand.Create(context),
        };
        root.SetAction(parsed => new HelpAction().Invoke(parsed));
        return root;
    }

    private static int Refuse(ParseResult parsed, Terminal terminal)
    {
        foreach (var error in parsed.Errors)
            terminal.Fail(error.Message);
        var verb = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
        terminal.Note($"See: baichuan{verb} --help");
        return ExitCode.Refused;
    }
}
