using Baichuan.Client;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;

namespace Baichuan.Gateway.Tests.Hosting;

/// <summary>A client that knows two gateways of a cluster.</summary>
public sealed class SeveralGatewaysTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_goes_on_at_the_next_token_when_its_gateway_ends(bool inGoodOrder)
    {
        var undisturbed = await Text(new FakeReplica());
        var first = new FakeReplica { PauseAt = 7 };
        var one = await RunningGateway.StartAsync(new FakeCluster(first), options => options.DrainTimeout = TimeSpan.Zero);
        await using var two = await RunningGateway.StartAsync(new FakeCluster(new FakeReplica()));
        using var client = new BaichuanClient([one.Address, two.Address]);
        var events = new List<GenerationEvent>();
        var seen = 0;

        await foreach (var happened in client.ChatAsync(Question()))
        {
            events.Add(happened);
            seen += happened.Tokens?.TokenIds.Count ?? 0;
            if (seen < 5 || one is null)
                continue;
            await (inGoodOrder ? one.StopAsync() : one.BreakAsync());
            await one.DisposeAsync();
            one = null;
        }

        Assert.Null(one);
        Assert.Equal(undisturbed, string.Concat(events.Select(happened => happened.Tokens?.Text)));
        Assert.Single(events, happened => happened.Started is not null);
        Assert.Equal(FinishReason.Length, events[^1].Finished.Reason);
        Assert.Equal(Enumerable.Range(0, 20), events.Where(happened => happened.Tokens is not null).SelectMany(happened => Enumerable.Range(happened.Tokens.SequenceNumber, happened.Tokens.TokenIds.Count)));
    }

    [Fact]
    public async Task A_gateway_that_is_not_there_is_passed_over()
    {
        await using var there = await RunningGateway.StartAsync(new FakeCluster(new FakeReplica()));
        using var client = new BaichuanClient([new Uri("http://127.0.0.1:1"), there.Address]);

        Assert.Equal(FinishReason.Length, (await client.ChatAsync(Question()).ToListAsync())[^1].Finished.Reason);
        Assert.Equal("demo", (await client.GetModelAsync()).Name);
    }

    private static async Task<string> Text(FakeReplica replica)
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(replica));
        return string.Concat((await gateway.Client.ChatAsync(Question()).ToListAsync()).Select(happened => happened.Tokens?.Text));
    }

    private static ChatRequest Question()
    {
        var request = Chats.Ask("What?", 20);
        request.RequestId = "the-same";
        request.Sampling.IgnoreEos = true;
        return request;
    }
}
