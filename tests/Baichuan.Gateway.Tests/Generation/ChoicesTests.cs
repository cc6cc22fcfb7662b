using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tenants;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;
using CsCheck;
using Grpc.Core;

namespace Baichuan.Gateway.Tests.Generation;

/// <summary>Several completions of one prompt in one stream.</summary>
public sealed class ChoicesTests
{
    private static readonly GatewayOptions _options = Patient();

    [Fact]
    public async Task Each_choice_is_the_request_alone_with_a_seed_of_its_own_whatever_replicas_do()
    {
        await Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 30], Gen.Int[2, 5], Gen.Double[0, 0.2]).SampleAsync(async (seed, maxTokens, n, trouble) =>
        {
            var request = RequestOf(seed, maxTokens, n);
            var whole = await RunAsync(request, new ChaoticReplica(seed, trouble), new ChaoticReplica(seed + 1, trouble));
            AssertWhole(whole, n);
            for (var choice = 0; choice < n; choice++)
            {
                var alone = request.Clone();
                alone.Sampling.ClearN();
                alone.Sampling.Seed = request.Sampling.Seed + (ulong)choice;
                var expected = await RunAsync(alone, new FakeReplica());
                Assert.Equal(expected.TokenIds, TokensOf(whole.All, choice));
                Assert.Equal(expected.Text, TextOf(whole.All, choice));
                Assert.Equal(expected.Finished.Reason, Assert.Single(whole.All, e => e.ChoiceFinished is not null && e.Choice == choice).ChoiceFinished.Reason);
            }
        }, iter: 60, threads: 1);
    }

    [Fact]
    public async Task Each_goes_on_from_where_it_was_at_another_gateway()
    {
        await Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 20], Gen.Int[2, 4], Gen.Bool).SampleAsync(async (seed, maxTokens, n, knowsTokens) =>
        {
            var request = RequestOf(seed, maxTokens, n);
            var whole = await RunAsync(request, new FakeReplica());
            var had = whole.All[..new Random(seed).Next(1, whole.All.Count)].FindAll(e => e.Tokens is not { TokenIds.Count: 0 });
            var resume = new ResumeRequest { Generate = request, ProfileId = "profile-1" };
            for (var choice = 0; choice < n; choice++)
            {
                var tokens = TokensOf(had, choice);
                resume.Choices.Add(new ChoiceProgress { NextToken = tokens.Length, ReceivedTokenIds = { knowsTokens ? tokens : [] } });
            }

            var rest = await GatewayCore.ResumeAsync(resume);

            for (var choice = 0; choice < n; choice++)
            {
                Assert.Equal(TokensOf(whole.All, choice), TokensOf([.. had, .. rest.All], choice));
                Assert.Equal(TextOf(whole.All, choice), TextOf([.. had, .. rest.All], choice));
            }

            Assert.Equal(whole.Finished, rest.Finished);
        }, iter: 60, threads: 1);
    }

    [Fact]
    public async Task Where_one_is_refused_none_runs()
    {
        var replica = new FakeReplica { PauseAt = 0, Taken = 2, Refusal = new SubmitReply { Refusal = SubmitRefusal.QueueFull, RetryAfter = TimeSpan.FromSeconds(3) } };
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(replica), TestModel.Options());
        var events = new RecordedEvents();

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => gateway.GenerateAsync(RequestOf(1, 5, 4), events).WaitAsync(TimeSpan.FromSeconds(50)));

        Assert.Equal((StatusCode.ResourceExhausted, TimeSpan.FromSeconds(3)), (refusal.Code, refusal.RetryAfter!.Value));
        Assert.Empty(events.All);
        await Task.Run(() => SpinWait.SpinUntil(() => replica.Live == 0)).WaitAsync(TimeSpan.FromSeconds(50));
    }

    [Theory]
    [InlineData(0, "sampling.n is 0")]
    [InlineData(17, "sampling.n is 17")]
    public async Task Too_few_and_too_many_are_refused(int n, string named) => Assert.Contains(
        named, (await Assert.ThrowsAsync<RefusedException>(() => RunAsync(RequestOf(1, 5, n), new FakeReplica()))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_resumed_request_says_where_every_choice_is() => Assert.Contains(
        "sampling.n is 3",
        (await Assert.ThrowsAsync<RefusedException>(() => GatewayCore.ResumeAsync(new ResumeRequest { Generate = RequestOf(1, 5, 3), Choices = { new ChoiceProgress(), new ChoiceProgress() } }))).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Each_takes_one_of_its_tenants_places()
    {
        var replica = new FakeReplica();
        await using var gateway = await GatewayCore.StartAsync(new FakeCluster(replica), TestModel.Options());
        var tenant = new Tenant("ward", new TenantOptions { MaxRequests = 3 });

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => gateway.GenerateAsync(RequestOf(1, 5, 4), new RecordedEvents(), tenant: tenant));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.Code);
        Assert.Empty(replica.Submitted);
        await gateway.GenerateAsync(RequestOf(1, 5, 3), new RecordedEvents(), tenant: tenant).WaitAsync(TimeSpan.FromSeconds(50));
    }

    private static void AssertWhole(RecordedEvents events, int n)
    {
        Assert.NotNull(events.All[0].Started);
        Assert.Single(events.All, e => e.Started is not null);
        Assert.Single(events.All, e => e.Finished is not null);
        var next = new int[n];
        foreach (var e in events.All.Where(e => e.Tokens is not null))
        {
            Assert.Equal(next[e.Choice], e.Tokens.SequenceNumber);
            next[e.Choice] += e.Tokens.TokenIds.Count;
        }

        Assert.Equal(next.Sum(), events.Finished.Usage.CompletionTokens);
        Assert.Equal(events.All.Where(e => e.ChoiceFinished is not null).Max(e => e.ChoiceFinished.Reason), events.Finished.Reason);
    }

    private static int[] TokensOf(List<GenerationEvent> events, int choice) =>
        [.. events.Where(e => e.Tokens is not null && e.Choice == choice).SelectMany(e => e.Tokens.TokenIds)];

    private static string TextOf(List<GenerationEvent> events, int choice) =>
        string.Concat(events.Where(e => e.Tokens is not null && e.Choice == choice).Select(e => e.Tokens.Text));

    private static Task<RecordedEvents> RunAsync(GenerateRequest request, params FakeReplica[] replicas) => GatewayCore.RunAsync(request, _options, replicas);

    private static GenerateRequest RequestOf(int seed, int maxTokens, int n)
    {
        var random = new Random(seed);
        var request = new GenerateRequest
        {
            RequestId = $"request-{seed}",
            TokenIds = new TokenIds { Ids = { Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(TestModel.Vocabulary)) } },
            Sampling = new SamplingOptions { MaxTokens = maxTokens, Seed = (ulong)random.Next(), StopTokenIds = { random.Next(300, 1000) }, N = n },
        };
        if (random.Next(2) == 0)
            request.Sampling.Stop.Add(random.Next(2) == 0 ? "e" : "an");
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
