using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;
using CsCheck;

namespace Baichuan.Gateway.Tests.Generation;

public sealed class StreamContractTests
{
    private static readonly GatewayOptions _options = Patient();

    [Fact]
    public async Task Whatever_a_replica_does_the_client_sees_the_undisturbed_stream()
    {
        await Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 40], Gen.Int[1, 2], Gen.Double[0.02, 0.3]).SampleAsync(async (seed, maxTokens, replicas, trouble) =>
        {
            var request = RequestOf(seed, maxTokens);
            var undisturbed = await RunAsync(request, new FakeReplica());
            var disturbed = await RunAsync(request, [.. Enumerable.Range(0, replicas).Select(i => new ChaoticReplica(seed + i, trouble))]);

            Assert.Equal(undisturbed.TokenIds, disturbed.TokenIds);
            Assert.Equal(undisturbed.Text, disturbed.Text);
            Assert.Equal(undisturbed.Finished, disturbed.Finished);
            Assert.Equal(undisturbed.All[0], disturbed.All[0]);
        }, iter: 80, threads: 1);
    }

    [Fact]
    public async Task Many_streams_share_troubled_replicas_without_mixing()
    {
        var cluster = new FakeCluster(new ChaoticReplica(1, 0.1), new ChaoticReplica(2, 0.1));
        await using var gateway = await GatewayCore.StartAsync(cluster, _options);
        var runs = Enumerable.Range(0, 60).Select(async i =>
        {
            var request = RequestOf(i, 5 + i);
            var events = new RecordedEvents();
            await gateway.GenerateAsync(request, events);
            var undisturbed = await RunAsync(request, new FakeReplica());
            Assert.Equal(undisturbed.TokenIds, events.TokenIds);
            Assert.Equal(undisturbed.Finished, events.Finished);
        });
        await Task.WhenAll(runs).WaitAsync(TimeSpan.FromSeconds(50));
    }

    private static async Task<RecordedEvents> RunAsync(GenerateRequest request, params FakeReplica[] replicas)
    {
        var events = await GatewayCore.RunAsync(request, _options, replicas);
        events.AssertWhole(request.TokenIds.Ids.Count);
        return events;
    }

    /// <summary>Some of these end by a stop token, some by a stop string, most by their length.</summary>
    private static GenerateRequest RequestOf(int seed, int maxTokens)
    {
        var random = new Random(seed);
        var request = new GenerateRequest
        {
            RequestId = $"request-{seed}",
            TokenIds = new TokenIds { Ids = { Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(TestModel.Vocabulary)) } },
            Sampling = new SamplingOptions { MaxTokens = maxTokens },
        };
        if (random.Next(3) == 0)
            request.Sampling.StopTokenIds.Add(300 + random.Next(700));
        if (random.Next(2) == 0)
            request.Sampling.Stop.Add(["e", "th", "不"]);
        if (random.Next(2) == 0)
            request.Sampling.Logprobs = 1;
        return request;
    }

    private static GatewayOptions Patient()
    {
        var options = TestModel.Options();
        options.ReplicaTimeout = TimeSpan.FromMilliseconds(200);
        options.AdmissionTimeout = TimeSpan.FromSeconds(30);
        return options;
    }
}
