using Baichuan.Cli.Tests.Fakes;
using Baichuan.V1;

namespace Baichuan.Cli.Tests.Commands;

public sealed class OptionTests
{
    [Fact]
    public async Task The_key_comes_from_the_command_line_or_else_the_environment()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var with = new CliRun { EnvironmentKey = "key-of-the-environment" };
        using var without = new CliRun();

        Assert.Equal(0, await with.RunAsync("chat", "hello", "--address", gateway.Address));
        Assert.Equal(0, await with.RunAsync("chat", "hello", "--address", gateway.Address, "--api-key", "key-of-the-line"));
        Assert.Equal(0, await without.RunAsync("chat", "hello", "--address", gateway.Address));
        Assert.Equal(2, await without.RunAsync("chat", "hello", "--address", gateway.Address, "--api-key", "no key"));

        Assert.Equal(["Bearer key-of-the-environment", "Bearer key-of-the-line", ""], gateway.Inference.Keys);
        Assert.Contains("visible ASCII", without.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_sampling_option_reaches_the_gateway()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new CliRun();

        var code = await cli.RunAsync(
            "generate", "Once", "--address", gateway.Address, "--temperature", "0.5", "--top-k", "40", "--top-p", "0.9", "--min-p", "0.05", "--seed",
            "18446744073709551615", "--repetition-penalty", "1.1", "--frequency-penalty", "0.5", "--presence-penalty", "-1", "--logit-bias", "7:-5.5", "--logit-bias", "9:100", "--max-tokens", "8", "--min-tokens", "2", "--stop", "a b", "--stop", "c", "--stop-token", "9",
            "--ignore-eos", "--logprobs", "3", "--parse-special-tokens");

        Assert.Equal(0, code);
        var expected = new GenerateRequest
        {
            Text = "Once",
            ParseSpecialTokens = true,
            Sampling = new SamplingOptions
            {
                Temperature = 0.5f,
                TopK = 40,
                TopP = 0.9f,
                MinP = 0.05f,
                Seed = ulong.MaxValue,
                RepetitionPenalty = 1.1f,
                FrequencyPenalty = 0.5f,
                PresencePenalty = -1,
                LogitBias = { [7] = -5.5f, [9] = 100 },
                MaxTokens = 8,
                MinTokens = 2,
                Stop = { "a b", "c" },
                StopTokenIds = { 9 },
                IgnoreEos = true,
                Logprobs = 3,
            },
        };
        Assert.Equal(expected, Assert.Single(gateway.Inference.GenerateRequests));
    }

    [Fact]
    public async Task What_is_not_given_is_left_to_the_model()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new CliRun();

        await cli.RunAsync("generate", "Once", "--address", gateway.Address);

        Assert.Equal(new GenerateRequest { Text = "Once", Sampling = new SamplingOptions() }, Assert.Single(gateway.Inference.GenerateRequests));
    }

    [Theory]
    [InlineData("--top-k", "many")]
    [InlineData("--seed", "-1")]
    [InlineData("--no-such-option", "1")]
    [InlineData("--address", "localhost:5080")]
    public async Task An_option_that_makes_no_sense_is_refused_by_name(string option, string value)
    {
        using var cli = new CliRun();

        var code = await cli.RunAsync("chat", "hello", option, value);

        Assert.Equal(2, code);
        Assert.Contains(option, cli.Error, StringComparison.Ordinal);
        Assert.Contains("baichuan chat --help", cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Output);
    }

    [Fact]
    public async Task A_misspelt_option_is_no_question()
    {
        using var cli = new CliRun();

        Assert.Equal(2, await cli.RunAsync("chat", "--ignore-eoss"));

        Assert.Contains("There is no option --ignore-eoss.", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_names_the_address_where_no_option_does()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new CliRun { EnvironmentAddress = gateway.Address };

        Assert.Equal(0, await cli.RunAsync("chat", "hello"));
        Assert.Single(gateway.Inference.ChatRequests);
    }

    [Fact]
    public async Task A_question_may_begin_with_an_at_sign()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new CliRun();

        await cli.RunAsync("chat", "@home", "--system", "Be brief.", "--address", gateway.Address);

        var request = Assert.Single(gateway.Inference.ChatRequests);
        Assert.Equal([(Role.System, "Be brief."), (Role.User, "@home")], request.Messages.Select(message => (message.Role, message.Content)));
    }

    [Fact]
    public async Task A_prompt_can_be_piped_in()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new CliRun { Input = new StringReader("Once\nupon\n") };

        await cli.RunAsync("generate", "--address", gateway.Address);

        Assert.Equal("Once\nupon", Assert.Single(gateway.Inference.GenerateRequests).Text);
    }

    [Fact]
    public async Task Help_lists_verbs_and_exit_codes()
    {
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync());

        Assert.All(["demo", "chat", "generate", "status", "bench", "130 interrupted"], word => Assert.Contains(word, cli.Output, StringComparison.Ordinal));
    }
}
