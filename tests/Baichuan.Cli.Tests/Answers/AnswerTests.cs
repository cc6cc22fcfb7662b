using Baichuan.Cli.Tests.Fakes;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Answers;

public sealed class AnswerTests
{
    [Fact]
    public async Task A_pipe_gets_the_text_of_the_answer_and_nothing_else()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = Events.Writing(Events.Answer("It", " is\e[2J", "\ninherited."));
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("chat", "Is it?", "--address", gateway.Address));

        Assert.Equal("It is\e[2J\ninherited.", cli.Output);
        Assert.Contains("[stop, 3 tokens, first after", cli.Error, StringComparison.Ordinal);
        Assert.Contains($"seed 7, profile {Topologies.Profile}]", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_gets_no_control_characters_and_a_last_line_that_ends()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = Events.Writing(Events.Answer("It", " is\e[2J\a", "\ninherited."));
        using var cli = new CliRun { OutputIsTerminal = true };

        await cli.RunAsync("chat", "Is it?", "--address", gateway.Address);

        Assert.Equal("It is[2J\ninherited.\n", cli.Output);
    }

    [Fact]
    public async Task Log_probabilities_are_notes()
    {
        await using var gateway = await FakeGateway.StartAsync();
        var piece = Events.Piece(0, "yes");
        piece.Tokens.Logprobs.Add(new TokenLogprobs { Logprob = -0.25f, Top = { new TopLogprob { TokenId = 100, Logprob = -0.25f }, new TopLogprob { TokenId = 5, Logprob = -2 } } });
        gateway.Inference.Script = Events.Writing(Events.Started, piece, Events.Finished(FinishReason.Length, 1));
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("generate", "x", "--logprobs", "2", "--address", gateway.Address));

        Assert.Equal("yes", cli.Output);
        Assert.Contains("token    100    -0.2500  100:-0.2500  5:-2.0000", cli.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument, 2)]
    [InlineData(StatusCode.ResourceExhausted, 3)]
    [InlineData(StatusCode.Unavailable, 3)]
    public async Task A_refusal_is_shown_in_the_words_of_the_gateway(StatusCode status, int exitCode)
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = Events.Refusing(status, "sampling.temperature is 3, the limit is 2.");
        using var cli = new CliRun();

        Assert.Equal(exitCode, await cli.RunAsync("chat", "hello", "--address", gateway.Address));

        Assert.Equal("sampling.temperature is 3, the limit is 2.\n", cli.Error);
        Assert.Empty(cli.Output);
    }

    [Fact]
    public async Task An_address_where_nobody_listens_is_named_with_what_to_do()
    {
        var address = $"http://127.0.0.1:{Cli.Demo.LoopbackPorts.Find(1)[0]}";
        using var cli = new CliRun();

        Assert.Equal(3, await cli.RunAsync("chat", "hello", "--address", address));

        Assert.All([address, "Connection refused", "--address", "BAICHUAN_ADDRESS"], word => Assert.Contains(word, cli.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_ends_with_an_error_fails()
    {
        await using var gateway = await FakeGateway.StartAsync();
        var finished = Events.Finished(FinishReason.Error, 1);
        finished.Finished.Error = new GenerationError { Code = 14, Message = "No replica came back in time." };
        gateway.Inference.Script = Events.Writing(Events.Started, Events.Piece(0, "Half"), finished);
        using var cli = new CliRun();

        Assert.Equal(1, await cli.RunAsync("chat", "hello", "--address", gateway.Address));

        Assert.Equal("Half", cli.Output);
        Assert.Contains("No replica came back in time.", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_says_how_far_it_came()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = async (stream, cancellationToken) =>
        {
            await Events.Writing(Events.Started, Events.Piece(0, "Half"))(stream, cancellationToken);
            throw new RpcException(new Status(StatusCode.Internal, "The gateway is ill."));
        };
        using var cli = new CliRun();

        Assert.Equal(1, await cli.RunAsync("chat", "hello", "--address", gateway.Address));

        Assert.Contains("broke off, 1 tokens so far: The gateway is ill.", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_cancels_the_stream()
    {
        await using var gateway = await FakeGateway.StartAsync();
        var cancelled = new TaskCompletionSource();
        gateway.Inference.Script = async (stream, cancellationToken) =>
        {
            using var _ = cancellationToken.Register(cancelled.SetResult);
            await Events.Writing(Events.Started, Events.Piece(0, "Half"))(stream, cancellationToken);
            await cancelled.Task;
        };
        using var cli = new CliRun();
        var run = cli.RunAsync("chat", "hello", "--address", gateway.Address);
        await cli.WaitForOutputAsync("Half");

        cli.Interrupts.Interrupt();

        Assert.Equal(130, await run);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
