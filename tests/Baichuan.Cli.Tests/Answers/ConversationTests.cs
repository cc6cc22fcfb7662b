using Baichuan.Cli.Tests.Fakes;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Answers;

public sealed class ConversationTests
{
    [Fact]
    public async Task Every_turn_sends_the_whole_history()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = Typing("one\n\ntwo\n/exit\nnever\n");

        Assert.Equal(0, await cli.RunAsync("chat", "--system", "Be brief.", "--address", gateway.Address));

        Assert.Equal(["Be brief.|one", "Be brief.|one|yes|two"], Histories(gateway));
        Assert.Contains("Model demo, 2,048 tokens of context", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_conversation_starts_without_history()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = Typing("one\n/new\ntwo\n");

        await cli.RunAsync("chat", "--address", gateway.Address);

        Assert.Equal(["one", "two"], Histories(gateway));
    }

    [Fact]
    public async Task A_turn_that_is_refused_is_forgotten()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = (stream, cancellationToken) => gateway.Inference.ChatRequests.Count == 1
            ? Events.Refusing(StatusCode.InvalidArgument, "The prompt is too long.")(stream, cancellationToken)
            : Events.Writing(Events.Answer("yes"))(stream, cancellationToken);
        using var cli = Typing("one\ntwo\n");

        Assert.Equal(0, await cli.RunAsync("chat", "--address", gateway.Address));

        Assert.Equal(["one", "two"], Histories(gateway));
        Assert.Contains("The prompt is too long.", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_stops_the_answer_and_not_the_conversation()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = async (stream, cancellationToken) =>
        {
            if (gateway.Inference.ChatRequests.Count > 1)
            {
                await Events.Writing(Events.Answer("yes"))(stream, cancellationToken);
                return;
            }

            await Events.Writing(Events.Started, Events.Piece(0, "Half an"))(stream, cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
        using var cli = Typing("one\ntwo\n");
        var run = cli.RunAsync("chat", "--address", gateway.Address);
        await cli.WaitForOutputAsync("Half");

        cli.Interrupts.Interrupt();

        Assert.Equal(0, await run);
        Assert.Equal(["one", "two"], Histories(gateway));
        Assert.Contains("this turn is forgotten", cli.Error, StringComparison.Ordinal);
    }

    private static CliRun Typing(string lines) => new() { Input = new StringReader(lines), InputIsTerminal = true, OutputIsTerminal = true };

    private static IEnumerable<string> Histories(FakeGateway gateway) =>
        gateway.Inference.ChatRequests.Select(request => string.Join('|', request.Messages.Select(message => message.Content)));
}
