using Baichuan.Cli.Tests.Fakes;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Answers;

public sealed class ConversationTests
{
    [Fact]
    public async Task Every_turn_sends_its_question_alone_and_the_session_is_deleted_at_the_end()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = Typing("one\n\ntwo\n/exit\nnever\n");

        Assert.Equal(0, await cli.RunAsync("chat", "--system", "Be brief.", "--address", gateway.Address));

        Assert.Equal(["s1|Be brief.|one", "s1|two"], Turns(gateway));
        Assert.Equal(["s1"], gateway.Sessions.Deleted);
        Assert.Contains("Model demo, 2,048 tokens of context", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_conversation_is_a_new_session()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = Typing("one\n/new\ntwo\n");

        await cli.RunAsync("chat", "--address", gateway.Address);

        Assert.Equal(["s1|one", "s2|two"], Turns(gateway));
        Assert.Equal(["s1", "s2"], gateway.Sessions.Deleted);
    }

    [Fact]
    public async Task A_session_that_has_expired_is_replaced()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = (stream, cancellationToken) => gateway.Inference.ChatRequests.Count == 2
            ? Events.Refusing(StatusCode.NotFound, "There is no such session.")(stream, cancellationToken)
            : Events.Writing(Events.Answer("yes"))(stream, cancellationToken);
        using var cli = Typing("one\ntwo\nthree\n");

        await cli.RunAsync("chat", "--system", "Be brief.", "--address", gateway.Address);

        Assert.Equal(["s1|Be brief.|one", "s1|two", "s2|Be brief.|three"], Turns(gateway));
        Assert.Contains("There is no such session.", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turn_that_is_refused_is_forgotten()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = (stream, cancellationToken) => gateway.Inference.ChatRequests.Count == 1
            ? Events.Refusing(StatusCode.InvalidArgument, "The prompt is too long.")(stream, cancellationToken)
            : Events.Writing(Events.Answer("yes"))(stream, cancellationToken);
        using var cli = Typing("one\ntwo\n");

        Assert.Equal(0, await cli.RunAsync("chat", "--system", "Be brief.", "--address", gateway.Address));

        Assert.Equal(["s1|Be brief.|one", "s1|Be brief.|two"], Turns(gateway));
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
        Assert.Equal(["s1|one", "s1|two"], Turns(gateway));
        Assert.Contains("this turn is forgotten", cli.Error, StringComparison.Ordinal);
    }

    private static CliRun Typing(string lines) => new() { Input = new StringReader(lines), InputIsTerminal = true, OutputIsTerminal = true };

    private static IEnumerable<string> Turns(FakeGateway gateway) =>
        gateway.Inference.ChatRequests.Select(request => string.Join('|', request.Messages.Select(message => message.Content).Prepend(request.SessionId)));
}
