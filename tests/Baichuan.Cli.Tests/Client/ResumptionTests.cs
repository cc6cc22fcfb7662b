using Baichuan.Cli.Tests.Fakes;
using Baichuan.Client;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Client;

/// <summary>A stream that breaks, read through a client of several gateways.</summary>
public sealed class ResumptionTests
{
    [Fact]
    public async Task Each_choice_goes_on_at_another_gateway_where_it_was_and_nothing_comes_twice()
    {
        await using var dying = await FakeGateway.StartAsync();
        await using var other = await FakeGateway.StartAsync();
        GenerationEvent[] before = [Started(), Tokens(0, 0, "ab", 1, 2), Tokens(1, 0, "x", 7), Tokens(1, 1, "y"), ChoiceFinished(1), Tokens(2, 0, "held")];
        dying.Inference.Script = async (writer, _) =>
        {
            foreach (var e in before)
                await writer.WriteAsync(e);
            throw new RpcException(new Status(StatusCode.Unavailable, "The process is gone."));
        };
        other.Inference.Script = Events.Writing(
            Started(), Tokens(1, 1, "y"), ChoiceFinished(1), Tokens(0, 2, "c", 3), ChoiceFinished(0), Tokens(2, 0, "held"), ChoiceFinished(2),
            new GenerationEvent { Finished = new GenerationFinished { Reason = FinishReason.Stop } });
        using var client = new BaichuanClient([new Uri(dying.Address), new Uri(other.Address)]);

        var read = new List<GenerationEvent>();
        await foreach (var e in client.GenerateAsync(new GenerateRequest { Text = "a", Sampling = new SamplingOptions { N = 3 } }))
            read.Add(e);

        var resumed = Assert.Single(other.Inference.ResumeRequests);
        Assert.Equal([[1, 2], [7], []], resumed.Choices.Select(choice => choice.ReceivedTokenIds.ToArray()));
        Assert.Equal([2, 1, 0], resumed.Choices.Select(choice => choice.NextToken));
        Assert.Equal("old", resumed.ProfileId);
        Assert.Equal(1, client.Resumptions);
        Assert.Equal(["abc", "xy", "held"], Enumerable.Range(0, 3).Select(choice => string.Concat(read.Where(e => e.Tokens is not null && e.Choice == choice).Select(e => e.Tokens.Text))));
        Assert.Equal([1, 0, 2], read.Where(e => e.ChoiceFinished is not null).Select(e => e.Choice));
        Assert.Single(read, e => e.Started is not null);
        Assert.Equal(GenerationEvent.EventOneofCase.Finished, read[^1].EventCase);
    }

    [Fact]
    public async Task One_without_a_token_may_go_on_on_another_profile_and_its_tokens_say_so()
    {
        await using var dying = await FakeGateway.StartAsync();
        await using var other = await FakeGateway.StartAsync();
        dying.Inference.Script = async (writer, _) =>
        {
            await writer.WriteAsync(Started());
            throw new RpcException(new Status(StatusCode.Unavailable, "The process is gone."));
        };
        other.Inference.Script = Events.Writing(
            Started("new"), Tokens(0, 0, "ab", 1, 2), new GenerationEvent { Finished = new GenerationFinished { Reason = FinishReason.Stop, ProfileId = "new" } });
        using var client = new BaichuanClient([new Uri(dying.Address), new Uri(other.Address)]);

        var read = new List<GenerationEvent>();
        await foreach (var e in client.GenerateAsync(new GenerateRequest { Text = "a" }))
            read.Add(e);

        Assert.Equal("", Assert.Single(other.Inference.ResumeRequests).ProfileId);
        Assert.Equal(["old"], read.Where(e => e.Started is not null).Select(e => e.Started.ProfileId));
        Assert.Equal(["new"], read.Where(e => e.Tokens is not null).Select(e => e.Tokens.ProfileId));
    }

    [Fact]
    public async Task One_whose_profile_no_replica_has_any_more_is_not_taken_to_a_third_gateway()
    {
        await using var dying = await FakeGateway.StartAsync();
        await using var other = await FakeGateway.StartAsync();
        dying.Inference.Script = async (writer, _) =>
        {
            await writer.WriteAsync(Started());
            await writer.WriteAsync(Tokens(0, 0, "a", 1));
            throw new RpcException(new Status(StatusCode.Unavailable, "The process is gone."));
        };
        other.Inference.Script = (_, _) => throw new RpcException(new Status(StatusCode.Aborted, "Send the request again."));
        using var client = new BaichuanClient([new Uri(dying.Address), new Uri(other.Address)]);

        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var _ in client.GenerateAsync(new GenerateRequest { Text = "a" }))
            {
            }
        });

        Assert.Equal(StatusCode.Aborted, refusal.StatusCode);
        Assert.Single(other.Inference.ResumeRequests);
        Assert.Empty(dying.Inference.ResumeRequests);
    }

    private static GenerationEvent Started(string profile = "old") => new() { Started = new GenerationStarted { RequestId = "r", ProfileId = profile } };

    private static GenerationEvent Tokens(int choice, int first, string text, params int[] ids) =>
        new() { Choice = choice, Tokens = new GeneratedTokens { SequenceNumber = first, Text = text, TokenIds = { ids } } };

    private static GenerationEvent ChoiceFinished(int choice) => new() { Choice = choice, ChoiceFinished = new ChoiceFinished { Reason = FinishReason.Stop } };
}
