using Baichuan.Gateway.Tests.Fakes;
using Baichuan.Testing.Hostility;
using Baichuan.Testing.Processes;
using Baichuan.V1;

namespace Baichuan.Gateway.Tests.Hosting;

/// <summary>Generated requests that no honest client sends. The full number, with its times, is the verb <c>hostile</c> of Baichuan.Benchmarks.</summary>
public sealed class HostileRequestTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_hostile_request_gets_a_typed_status_and_the_next_good_one_is_right(int seed)
    {
        var port = Ports.Free();
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(new FakeReplica()), options => options.HttpPort = port);
        using var client = new HostileClient(gateway.Address, new Uri($"http://127.0.0.1:{port}"));
        var expected = await AskAsync(gateway);

        var report = await HostileReport.RunAsync(client, seed, count: 600, every: 10, async () => await AskAsync(gateway) == expected);

        Assert.True(report.Wrong.Count == 0, string.Join('\n', report.Wrong));
        Assert.True(report.Milliseconds.Count > report.Accepted, "Most of the requests were good ones.");
        Assert.DoesNotContain(gateway.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    private static async Task<string> AskAsync(RunningGateway gateway)
    {
        var request = Chats.Ask("What helps against a cold?", 4);
        request.Sampling.Seed = 1;
        var events = await gateway.Client.ChatAsync(request).ToListAsync();
        Assert.Equal(FinishReason.Length, events[^1].Finished.Reason);
        return string.Concat(events.Where(e => e.Tokens is not null).Select(e => e.Tokens.Text));
    }
}
