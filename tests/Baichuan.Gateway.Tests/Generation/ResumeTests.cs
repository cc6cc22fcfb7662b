using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;
using CsCheck;
using Grpc.Core;

namespace Baichuan.Gateway.Tests.Generation;

/// <summary>A stream that goes on at a gateway that has never seen it.</summary>
public sealed class ResumeTests
{
    [Fact]
    public async Task From_any_event_on_a_resumed_stream_is_the_rest_of_the_whole_one()
    {
        await Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 40], Gen.Double[0, 1], Gen.Bool).SampleAsync(async (seed, maxTokens, where, knowsTokens) =>
        {
            var request = RequestOf(seed, maxTokens);
            var whole = await GatewayCore.RunAsync(request, null, new FakeReplica());
            var had = whole.All.Where(e => e.Tokens is { TokenIds.Count: > 0 }).Select(e => e.Tokens).ToList();
            had = had[..(int)(where * (had.Count + 1 - 1e-9))];
            int[] tokens = [.. had.SelectMany(e => e.TokenIds)];
            var resume = new ResumeRequest { Generate = request, NextToken = tokens.Length, ReceivedTokenIds = { knowsTokens ? tokens : [] }, ProfileId = tokens.Length > 0 ? "profile-1" : "" };

            var rest = await GatewayCore.ResumeAsync(resume);

            int[] joined = [.. tokens, .. rest.TokenIds];
            Assert.Equal(whole.TokenIds, joined);
            Assert.Equal(whole.Text, string.Concat(had.Select(e => e.Text)) + rest.Text);
            Assert.Equal(whole.Finished, rest.Finished);
            Assert.Equal(whole.All[0], rest.All[0]);
            Assert.All(rest.All.Where(e => e.Tokens is not null).Take(1), e => Assert.Equal(tokens.Length, e.Tokens.SequenceNumber));
        }, iter: 150, threads: 1);
    }

    [Theory]
    [InlineData(-1, 0, "profile-1", "next_token")]
    [InlineData(6, 0, "profile-1", "next_token")]
    [InlineData(2, 1, "profile-1", "received_token_ids")]
    [InlineData(2, 2, "", "profile_id")]
    [InlineData(2, 0, "", "profile_id")]
    [InlineData(2, 2, "profile 1", "profile_id")]
    public async Task A_place_that_cannot_be_is_refused(int next, int received, string profile, string named)
    {
        var resume = new ResumeRequest { Generate = RequestOf(1, 5), NextToken = next, ReceivedTokenIds = { Enumerable.Repeat(7, received) }, ProfileId = profile };

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => GatewayCore.ResumeAsync(resume));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turn_of_a_session_is_not_resumed() => Assert.Contains(
        "session_id",
        (await Assert.ThrowsAsync<RefusedException>(() => GatewayCore.ResumeAsync(new ResumeRequest { Chat = new ChatRequest { RequestId = "r", SessionId = "s" } }))).Message,
        StringComparison.Ordinal);

    private static GenerateRequest RequestOf(int seed, int maxTokens)
    {
        var random = new Random(seed);
        var request = new GenerateRequest
        {
            RequestId = $"request-{seed}",
            TokenIds = new TokenIds { Ids = { Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(TestModel.Vocabulary)) } },
            Sampling = new SamplingOptions { MaxTokens = maxTokens, StopTokenIds = { random.Next(300, 1000) } },
        };
        if (random.Next(2) == 0)
            request.Sampling.Stop.Add(random.Next(2) == 0 ? "e" : "an");
        return request;
    }
}
