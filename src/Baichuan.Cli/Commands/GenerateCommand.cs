using System.CommandLine;
using Baichuan.Cli.Answers;
using Baichuan.V1;

namespace Baichuan.Cli.Commands;

/// <summary><c>baichuan generate</c>: continues a prompt as it stands.</summary>
internal static class GenerateCommand
{
    public static Command Create(CommandContext context)
    {
        var prompt = TextArgument.Create("PROMPT", "The text to continue. Without it: what is piped in.");
        var address = AddressOption.Create(context.EnvironmentAddress);
        var apiKey = ApiKeyOption.Create(context.EnvironmentKey);
        var special = new Option<bool>("--parse-special-tokens") { Description = "Names of special tokens in the prompt stand for those tokens." };
        var sampling = new SamplingFlags();
        var command = new Command("generate", "Continues a prompt, without the chat format.") { prompt, address, apiKey, special };
        sampling.AddTo(command);
        command.SetAction((parsed, cancellationToken) => GatewayCall.RunAsync(parsed.GetRequiredValue(address), parsed.GetValue(apiKey), async client =>
        {
            var text = parsed.GetValue(prompt);
            if (text is null && context.Terminal.InputIsTerminal)
                throw new FailureException(ExitCode.Refused, "There is no prompt: give it as an argument, or pipe it in.");
            text ??= await context.Terminal.ReadAllAsync(cancellationToken);
            var request = new GenerateRequest { Text = text, ParseSpecialTokens = parsed.GetValue(special), Sampling = sampling.Read(parsed) };
            var answer = await AnswerPrinter.PrintAsync(client.GenerateAsync(request, cancellationToken: cancellationToken), context);
            return AnswerNotes.Conclude(answer, context.Terminal);
        }));
        return command;
    }
}
