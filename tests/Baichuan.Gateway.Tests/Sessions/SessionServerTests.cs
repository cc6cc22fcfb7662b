using System.Runtime.InteropServices;
using Baichuan.Client;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Tenants;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.Gateway.Tests.Hosting;
using Baichuan.Model.Text;
using Baichuan.V1;
using Grpc.Core;
using static Baichuan.V1.GenerationEvent;

namespace Baichuan.Gateway.Tests.Sessions;

public sealed class SessionServerTests
{
    private readonly FakeReplica _replica = new();
    private readonly FakeCluster _cluster;

    public SessionServerTests() => _cluster = new FakeCluster(_replica);

    [Fact]
    public async Task A_turn_sends_what_is_new_and_its_prompt_goes_on_from_every_token_before()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var session = await gateway.Client.CreateSessionAsync();
        var prompts = new List<int[]>();
        foreach (var question in (string[])["What is a cold?", "And flu?", "Which is worse?"])
        {
            var events = await gateway.Client.ChatAsync(Turn(session, question, 6)).ToListAsync();
            prompts.Add(PromptOf(_replica.Submitted[^1]));
            Assert.Equal(prompts[^1].Length, events[0].Started.PromptTokens);
            Assert.Equal([.. prompts[^1], .. events.Where(e => e.Tokens is not null).SelectMany(e => e.Tokens.TokenIds)], Only().Tokens);
        }

        // The next prompt is the last one, its answer, end-of-text, and the new question in the chat format.
        var format = TestModel.Served.ChatFormat;
        Assert.Equal(format.Encode([new(ChatRole.User, "What is a cold?")]), prompts[0]);
        for (var i = 1; i < prompts.Count; i++)
            Assert.Equal(prompts[i - 1], prompts[i][..prompts[i - 1].Length]);
        Assert.Equal(TestModel.EndOfText, prompts[1][prompts[0].Length + 6]);

        var status = await gateway.Client.GetSessionAsync(session.SessionId);
        Assert.Equal((3, Only().Tokens.Length), (status.Turns, status.Tokens));
        await gateway.Client.DeleteSessionAsync(session.SessionId);
        Assert.Empty(Only().Tokens);
        await AssertRefusedAsync(StatusCode.NotFound, () => gateway.Client.GetSessionAsync(session.SessionId));
        await AssertRefusedAsync(StatusCode.NotFound, () => gateway.Client.DeleteSessionAsync(session.SessionId));
        await AssertRefusedAsync(StatusCode.NotFound, async () => await gateway.Client.ChatAsync(Turn(session, "?", 3)).ToListAsync());
    }

    [Fact]
    public async Task A_session_of_another_tenant_is_not_found()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster, options =>
        {
            options.Tenants.Add("ward", new TenantOptions { Keys = { ["0"] = "ward-key-0123456789" } });
            options.Tenants.Add("lab", new TenantOptions { Keys = { ["0"] = "lab-key-0123456789" } });
        });
        using var ward = new BaichuanClient(gateway.Address, "ward-key-0123456789");
        using var lab = new BaichuanClient(gateway.Address, "lab-key-0123456789");
        var session = await ward.CreateSessionAsync();
        await AssertRefusedAsync(StatusCode.NotFound, () => lab.GetSessionAsync(session.SessionId));
        await AssertRefusedAsync(StatusCode.NotFound, () => lab.DeleteSessionAsync(session.SessionId));
        await AssertRefusedAsync(StatusCode.NotFound, async () => await lab.ChatAsync(Turn(session, "?", 3)).ToListAsync());
        Assert.Equal(session, await ward.GetSessionAsync(session.SessionId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [InlineData("../0123456789abcdef0123456789abc")]
    public async Task What_cannot_be_a_sessions_id_is_refused(string id)
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        await AssertRefusedAsync(StatusCode.InvalidArgument, () => gateway.Client.GetSessionAsync(id));
    }

    [Fact]
    public async Task One_turn_at_a_time_and_one_that_is_cancelled_leaves_the_session_as_it_was()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var session = await gateway.Client.CreateSessionAsync();
        await gateway.Client.ChatAsync(Turn(session, "What is a cold?", 4)).ToListAsync();
        var before = Only().Tokens;

        _replica.PauseAt = 2;
        await foreach (var e in gateway.Client.ChatAsync(Turn(session, "And flu?", 9)))
        {
            if (e.EventCase != EventOneofCase.Tokens)
                continue;
            await AssertRefusedAsync(StatusCode.Aborted, async () => await gateway.Client.ChatAsync(Turn(session, "?", 3)).ToListAsync());
            break;
        }

        await gateway.WaitUntilAsync(() => !Only().IsHeld);
        Assert.Equal(before, Only().Tokens);
        _replica.PauseAt = int.MaxValue;
        await gateway.Client.ChatAsync(Turn(session, "And flu?", 9)).ToListAsync();
        Assert.Equal(2, (await gateway.Client.GetSessionAsync(session.SessionId)).Turns);
    }

    [Fact]
    public async Task A_turn_that_is_refused_or_fails_leaves_the_session_as_it_was()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var session = await gateway.Client.CreateSessionAsync();
        var system = Turn(session, "?", 3);
        system.Messages.Insert(0, new V1.ChatMessage { Role = Role.System, Content = "Be brief." });
        await gateway.Client.ChatAsync(system).ToListAsync();
        var before = Only().Tokens;
        await AssertRefusedAsync(StatusCode.InvalidArgument, async () => await gateway.Client.ChatAsync(system).ToListAsync());

        _replica.PauseAt = 0;
        var run = gateway.Client.ChatAsync(Turn(session, "?", 3)).ToListAsync();
        await gateway.WaitUntilAsync(() => _replica.Live == 1);
        _replica.EndAll(StreamEnd.Error);
        Assert.Equal(FinishReason.Error, (await run)[^1].Finished.Reason);
        await gateway.WaitUntilAsync(() => !Only().IsHeld);
        Assert.Equal(before, Only().Tokens);
    }

    [Fact]
    public async Task A_session_whose_silo_is_replaced_is_asked_again_and_nothing_is_added_twice()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var session = await gateway.Client.CreateSessionAsync();
        _replica.PauseAt = 0;
        Only().FailNext(2);
        var run = gateway.Client.ChatAsync(Turn(session, "What is a cold?", 5)).ToListAsync();
        await gateway.WaitUntilAsync(() => _replica.Live == 1);
        Only().FailNext(3);
        _replica.Change(() => _replica.PauseAt = int.MaxValue);
        Assert.Equal(FinishReason.Length, (await run)[^1].Finished.Reason);
        Assert.Equal(PromptOf(Assert.Single(_replica.Submitted)).Length + 5, Only().Tokens.Length);
    }

    [Fact]
    public async Task A_whole_answer_that_its_session_could_not_keep_says_so()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var session = await gateway.Client.CreateSessionAsync();
        _replica.PauseAt = 0;
        var run = gateway.Client.ChatAsync(Turn(session, "What is a cold?", 5)).ToListAsync();
        await gateway.WaitUntilAsync(() => _replica.Live == 1);
        Only().GoOnWithout();
        _replica.Change(() => _replica.PauseAt = int.MaxValue);
        var finished = (await run)[^1].Finished;
        Assert.Equal((FinishReason.Error, (int)StatusCode.Aborted, 5), (finished.Reason, finished.Error.Code, finished.Usage.CompletionTokens));
    }

    [Fact]
    public async Task Nothing_of_a_session_is_logged()
    {
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var session = await gateway.Client.CreateSessionAsync();
        await gateway.Client.ChatAsync(Turn(session, "Frau Geheimnis hat Fieber.", 5)).ToListAsync();
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("Geheimnis", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tenant_that_has_as_many_sessions_as_it_may_is_told_so()
    {
        _cluster.RefuseSessions = "This tenant has 3 sessions, and MaxPerTenant is 3.";
        await using var gateway = await RunningGateway.StartAsync(_cluster);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => gateway.Client.CreateSessionAsync());
        Assert.Equal((StatusCode.ResourceExhausted, _cluster.RefuseSessions), (refusal.StatusCode, refusal.Status.Detail));
    }

    private FakeSession Only() => Assert.Single(_cluster.Sessions).Value;

    private static ChatRequest Turn(Session session, string question, int maxTokens)
    {
        var request = Chats.Ask(question, maxTokens);
        request.SessionId = session.SessionId;
        return request;
    }

    private static int[] PromptOf(SubmitRequest submitted) => MemoryMarshal.Cast<byte, int>(submitted.Prompt.Span).ToArray();

    private static async Task AssertRefusedAsync(StatusCode code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
}
