using System.Globalization;
using Baichuan.Client;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Answers;

/// <summary>Questions and answers in turns. The history is kept here: every turn sends all of it.</summary>
/// <param name="opening">Sampling, and the system message if there is one.</param>
internal sealed class Conversation(CommandContext context, BaichuanClient client, Uri address, ChatRequest opening)
{
    private readonly Terminal _terminal = context.Terminal;
    private ChatRequest _history = opening.Clone();

    public async Task<int> RunAsync()
    {
        var model = await client.GetModelAsync(cancellationToken: context.Interrupts.End);
        _terminal.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"Model {model.Name}, {model.ContextLength:N0} tokens of context. /new starts over, /exit leaves, Ctrl-C stops an answer."));
        while (await ReadQuestionAsync() is { } question)
        {
            if (question == "/new")
                _history = opening.Clone();
            else if (question.Length > 0)
                await AskAsync(question);
        }

        return ExitCode.Done;
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

    // A turn that does not end well is forgotten, so that the next one starts from a history that the gateway takes.
    private async Task AskAsync(string question)
    {
        var request = _history.Clone();
        request.Messages.Add(new ChatMessage { Role = Role.User, Content = question });
        try
        {
            await context.Interrupts.RunTurnAsync(async cancellationToken =>
            {
                var answer = await AnswerPrinter.PrintAsync(client.ChatAsync(request, cancellationToken: cancellationToken), context);
                if (AnswerNotes.Conclude(answer, _terminal) != ExitCode.Done)
                    return;
                request.Messages.Add(new ChatMessage { Role = Role.Assistant, Content = answer.Text });
                _history = request;
            });
        }
        catch (OperationCanceledException) when (!context.Interrupts.End.IsCancellationRequested)
        {
            _terminal.Note("[stopped; this turn is forgotten]");
        }
        catch (RpcException e)
        {
            _terminal.Fail(GatewayCall.Failure(e, address).Message);
        }
        catch (FailureException e)
        {
            _terminal.Fail(e.Message);
        }
    }
}
