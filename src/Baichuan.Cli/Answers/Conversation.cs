using System.Globalization;
using Baichuan.Client;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Answers;

/// <summary>Questions and answers in turns, in a session that the cluster keeps: every turn sends its question alone.</summary>
/// <param name="opening">Sampling, and the system message if there is one, which goes with the first turn.</param>
internal sealed class Conversation(CommandContext context, BaichuanClient client, Uri address, ChatRequest opening)
{
    private readonly Terminal _terminal = context.Terminal;
    private string? _session; // null: the next turn begins one
    private bool _begun; // it has a turn

    public async Task<int> RunAsync()
    {
        var model = await client.GetModelAsync(cancellationToken: context.Interrupts.End);
        _terminal.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"Model {model.Name}, {model.ContextLength:N0} tokens of context. /new starts over, /exit leaves, Ctrl-C stops an answer."));
        try
        {
            while (await ReadQuestionAsync() is { } question)
            {
                if (question == "/new")
                    await ForgetAsync();
                else if (question.Length > 0)
                    await AskAsync(question);
            }

            return ExitCode.Done;
        }
        finally
        {
            await ForgetAsync();
        }
    }

    private async Task<string?> ReadQuestionAsync()
    {
        _terminal.Prompt();
        try
        {
            var line = (await _terminal.ReadLineAsync(context.Interrupts.End))?.Trim();
            return line == "/exit" ? null : line;
        }
        catch (OperationCanceledException)
        {
            _terminal.Note(""); // the prompt's line ends here
            throw;
        }
    }

    // A turn that does not end well is forgotten, by the cluster too: the next one goes on from the turn before.
    private async Task AskAsync(string question)
    {
        try
        {
            await context.Interrupts.RunTurnAsync(async cancellationToken =>
            {
                _session ??= (await client.CreateSessionAsync(cancellationToken)).SessionId;
                var answer = await AnswerPrinter.PrintAsync(client.ChatAsync(TurnOf(_session, question), cancellationToken: cancellationToken), context);
                _begun |= AnswerNotes.Conclude(answer, _terminal) == ExitCode.Done;
            });
        }
        catch (OperationCanceledException) when (!context.Interrupts.End.IsCancellationRequested)
        {
            _terminal.Note("[stopped; this turn is forgotten]");
        }
        catch (RpcException e)
        {
            _terminal.Fail(GatewayCall.Failure(e, address).Message);
            if (e.StatusCode == StatusCode.NotFound)
                (_session, _begun) = (null, false);
        }
        catch (FailureException e)
        {
            _terminal.Fail(e.Message);
        }
    }

    private ChatRequest TurnOf(string session, string question)
    {
        var turn = opening.Clone();
        if (_begun)
            turn.Messages.Clear();
        turn.SessionId = session;
        turn.Messages.Add(new ChatMessage { Role = Role.User, Content = question });
        return turn;
    }

    /// <summary>Ends the session, or leaves it to expire where the cluster does not answer.</summary>
    private async Task ForgetAsync()
    {
        if (_session is not { } session)
            return;
        (_session, _begun) = (null, false);
        using var most = new CancellationTokenSource(TimeSpan.FromSeconds(2), context.Clock);
        await client.DeleteSessionAsync(session, most.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
