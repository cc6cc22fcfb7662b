using System.CommandLine;
using Baichuan.Cli.Answers;
using Baichuan.V1;

namespace Baichuan.Cli.Commands;

/// <summary><c>baichuan chat</c>: one question, or a conversation.</summary>
internal static class ChatCommand
{
    public static Command Create(CommandContext context)
    {
        var question = TextArgument.Create("QUESTION", "What to ask. Without it: what is piped in, or a conversation.");
        var address = AddressOption.Create(context.EnvironmentAddress);
        var apiKey = ApiKeyOption.Create(context.EnvironmentKey);
        var system = new Option<string?>("--system") { Description = "Instructions to the model, in place of its default ones.", HelpName = "TEXT" };
        var sampling = new SamplingFlags();
        var command = new Command("chat", "Asks the model a question, or converses with it.") { question, address, apiKey, system };
        sampling.AddTo(command);
        command.SetAction((parsed, cancellationToken) => GatewayCall.RunAsync(parsed.GetRequiredValue(address), parsed.GetValue(apiKey), async client =>
        {
            var request = new ChatRequest { Sampling = sampling.Read(parsed) };
            if (parsed.GetValue(system) is { } instructions)
                request.Messages.Add(new ChatMessage { Role = Role.System, Content = instructions });
            var text = parsed.GetValue(question);
            if (text is null && context.Terminal.InputIsTerminal)
                return await new Conversation(context, client, parsed.GetRequiredValue(address), request).RunAsync();
            text ??= await context.Terminal.ReadAllAsync(cancellationToken);
            request.Messages.Add(new ChatMessage { Role = Role.User, Content = text });
            var answer = await AnswerPrinter.PrintAsync(client.ChatAsync(request, cancellationToken: cancellationToken), context);
            return AnswerNotes.Conclude(answer, context.Terminal);
        }));
        return command;
    }
}
