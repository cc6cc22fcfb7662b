using System.Globalization;
using Baichuan.Cli.Answers;
using Baichuan.Cli.Topology;
using Baichuan.Client;
using Baichuan.V1;
using Spectre.Console;

namespace Baichuan.Cli.Demo;

/// <summary>The demo as a story: build, start, wait, show, ask, stop.</summary>
internal sealed class DemoRun(CommandContext context)
{
    private const int MaxTokens = 120;
    private const int LogLines = 20;
    private readonly Terminal _terminal = context.Terminal;

    /// <exception cref="FailureException">It did not build, start, answer or stop.</exception>
    public async Task<int> RunAsync(string question, bool keep, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            throw new FailureException(ExitCode.Failed, "The demo runs on Linux and macOS; on Windows, run it in WSL.");
        var repository = Repository.Containing(AppContext.BaseDirectory);
        await StepAsync("Building the server", "; the first time takes some minutes", () => ServerBuild.RunAsync(repository, cancellationToken));

        var folder = Directory.CreateTempSubdirectory("baichuan-demo-").FullName;
        var ports = LoopbackPorts.Find(3);
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[0]}"));
        var start = context.Clock.GetTimestamp();
        using var server = ServerProcess.Start(repository.ServerExecutable, ServerArguments.Of(ports[0], ports[1], ports[2], folder), Path.Combine(folder, "server.log"));
        var (running, needed) = (false, false);
        try
        {
            await StepAsync("Starting a gateway and 4 silos", "", () => Readiness.WaitAsync(server, address, context.Clock, cancellationToken));
            await GatewayCall.RunAsync(address, null, client => AskAsync(client, server, question, start, cancellationToken));
            (running, needed) = (keep, keep);
        }
        catch (FailureException)
        {
            needed = true;
            _terminal.Note($"{server.LastLogLines(LogLines)}\nThat was the end of the server's log, {server.LogFile}");
            throw;
        }
        finally
        {
            if (!running)
                await StopAsync(server);
            if (!needed)
                Directory.Delete(folder, recursive: true);
        }

        if (running)
            SayHowToGoOn(server, address, ports[2]);
        return ExitCode.Done;
    }

    private async Task<int> AskAsync(BaichuanClient client, ServerProcess server, string question, long start, CancellationToken cancellationToken)
    {
        var topology = await client.GetTopologyAsync(cancellationToken: cancellationToken);
        server.SiloIds = [.. topology.Silos.Select(silo => silo.ProcessId)];
        _terminal.Display.WriteLine();
        TopologyView.Write(topology, _terminal.Display);
        _terminal.Display.MarkupLine("\n[yellow]The demo model is a toy that knows nothing of medicine: never use its answers.[/]\n");
        _terminal.Display.Write(new Text($"> {question}\n", new Style(decoration: Decoration.Bold)));

        var request = new ChatRequest
        {
            Messages = { new ChatMessage { Role = Role.User, Content = question } },
            Sampling = new SamplingOptions { Temperature = 0, RepetitionPenalty = 1, MaxTokens = MaxTokens },
        };
        var asked = context.Clock.GetElapsedTime(start);
        var answer = await AnswerPrinter.PrintAsync(client.ChatAsync(request, cancellationToken: cancellationToken), context);
        if (AnswerNotes.Problem(answer.Finished) is { } problem)
            throw new FailureException(ExitCode.Failed, problem);
        if (answer.ToFirstToken is not { } first)
            throw new FailureException(ExitCode.Failed, "The answer has no token.");
        _terminal.Output.WriteLine();
        _terminal.Display.Write(Figures(answer, asked + first, first));
        _terminal.Output.WriteLine();
        return ExitCode.Done;
    }

    private static Grid Figures(Answer answer, TimeSpan sinceStart, TimeSpan first)
    {
        var rate = answer.TokensPerSecond is { } tokensPerSecond ? Invariant($", {tokensPerSecond:F1} per second") : "";
        var grid = new Grid().AddColumns(2);
        void Add(string name, string value) => grid.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(value));
        Add("answer started", Invariant($"{sinceStart.TotalSeconds:F1} s after the processes"));
        Add("first token", Invariant($"{first.TotalSeconds:F2} s after the question"));
        Add("tokens", Invariant($"{answer.Finished.Usage.CompletionTokens}{rate}"));
        Add("finished", AnswerNotes.Reason(answer.Finished.Reason));
        Add("profile", answer.Started.ProfileId);
        return grid;
    }

    private async Task StopAsync(ServerProcess server)
    {
        var (stopped, orderly) = (false, false);
        await StepAsync("Stopping", "", async () => (stopped, orderly) = await server.StopAsync());
        if (!stopped)
            throw new FailureException(ExitCode.Failed, $"Process {server.Id} or one of its silos cannot be stopped; their log is {server.LogFile}");
        if (!orderly)
            _terminal.Note("Some processes did not stop within 10 s and were killed.");
    }

    private void SayHowToGoOn(ServerProcess server, Uri address, int httpPort)
    {
        const string Cli = "dotnet run -c Release --project src/Baichuan.Cli --";
        _terminal.Output.WriteLine(
            $"""
            The cluster goes on. Talk to it, look at it, stop it:
              {Cli} chat --address {GatewayCall.Text(address)}
              {Cli} status --address {GatewayCall.Text(address)}
              http://127.0.0.1:{httpPort}/console/ in a browser
              kill {server.Id}
            Its log: {server.LogFile}
            """);
    }

    private async Task StepAsync(string name, string hint, Func<Task> step)
    {
        var start = context.Clock.GetTimestamp();
        await _terminal.Display.Status().StartAsync($"{name}{hint} ...", _ => step());
        _terminal.Display.Write(new Text(Invariant($"{name}: {context.Clock.GetElapsedTime(start).TotalSeconds:F1} s\n")));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
