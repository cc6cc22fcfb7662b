using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.V1;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>Conversations that the cluster keeps.</summary>
public sealed class SessionTests
{
    private static readonly string[] Asked = ["What is diabetes?", "How is it treated?", "Is it inherited?"];

    [Fact]
    public async Task Three_turns_of_a_session_give_the_bytes_of_the_same_conversation_sent_whole_on_any_layout()
    {
        List<Answer> whole;
        await using (var alone = await EmbeddedCluster.StartAsync())
            whole = await SendWholeAsync(alone);

        await using var cluster = await EmbeddedCluster.StartAsync("--silos", "2", "--tensor-parallel", "2", "--replicas", "2");
        var session = (await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest())).Session;
        for (var turn = 0; turn < Asked.Length; turn++)
        {
            var answer = await Answer.ReadAsync(cluster.Inference.Chat(Turn(session, turn)));
            Assert.Equal(whole[turn].Text, answer.Text);
            Assert.Equal(whole[turn].Tokens, answer.Tokens);
            Assert.Equal(whole[turn].Started.PromptTokens, answer.Started.PromptTokens);
        }

        await cluster.Sessions.DeleteSessionAsync(new DeleteSessionRequest { SessionId = session.SessionId });
        var gone = await Assert.ThrowsAsync<RpcException>(() => Answer.ReadAsync(cluster.Inference.Chat(Turn(session, 0))));
        Assert.Equal(StatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task A_session_outlives_the_silos_its_grain_among_them()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("--silos", "3", "--slots", "1", "--tensor-parallel", "2");
        var whole = await SendWholeAsync(cluster);
        var session = (await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest())).Session;
        var first = new Queue<int>(await SilosAsync(cluster, 3, []));
        var killed = new HashSet<int>();

        // After each turn another process dies, while two others live: whichever held the grain is among them.
        for (var turn = 0; turn < Asked.Length; turn++)
        {
            var answer = await AskAsync(cluster, Turn(session, turn));
            Assert.Equal((whole[turn].Finished.Reason, whole[turn].Text), (answer.Finished.Reason, answer.Text));
            await SilosAsync(cluster, 3, killed);
            using var victim = Process.GetProcessById(first.Dequeue());
            killed.Add(victim.Id);
            victim.Kill();
            await victim.WaitForExitAsync();
            var status = (await cluster.Sessions.GetSessionAsync(new GetSessionRequest { SessionId = session.SessionId })).Session;
            Assert.Equal(turn + 1, status.Turns);
        }
    }

    // Fewer are enough for an answer.
    private static async Task<IReadOnlyList<int>> SilosAsync(EmbeddedCluster cluster, int count, HashSet<int> dead)
    {
        List<int> silos = [];
        await Waiting.UntilAsync(
            async () =>
            {
                silos = [.. (await cluster.Cluster.GetTopologyAsync(new GetTopologyRequest())).Silos.Select(silo => silo.ProcessId).Where(id => !dead.Contains(id))];
                return silos.Count == count;
            },
            () => $"{silos.Count} silos offer slots, not {count}.",
            TimeSpan.FromSeconds(60));
        return silos;
    }

    [Fact, UnsupportedOSPlatform("windows")]
    public async Task A_stored_session_shows_nothing_and_a_key_of_the_wrong_length_fails_the_start()
    {
        await using (var cluster = await EmbeddedCluster.StartAsync())
        {
            var session = (await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest())).Session;
            var answer = await Answer.ReadAsync(cluster.Inference.Chat(Turn(session, 0)));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(cluster.DataFolder, "cluster.session-key")));
            using var state = new SqliteConnection($"Data Source={Path.Combine(cluster.DataFolder, "cluster.db")};Mode=ReadOnly;Pooling=False");
            state.Open();
            using var query = state.CreateCommand();
            query.CommandText = "SELECT payload FROM grain_state WHERE state_name = 'session'";
            var payload = (byte[])query.ExecuteScalar()!;
            var tokens = MemoryMarshal.AsBytes<int>(answer.Tokens.ToArray());
            Assert.True(payload.Length > tokens.Length);
            Assert.Equal(-1, payload.AsSpan().IndexOf(tokens[..16]));
        }

        await using var server = new ChildProcess(
            Executables.Server, ["--data", Directory.CreateTempSubdirectory("baichuan-test-").FullName], new Dictionary<string, string> { ["Sessions__Keys__a"] = "c2hvcnQ=" });
        Assert.Equal(2, await server.ExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("Sessions:Keys:a has 5 bytes; give 32", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenant_has_no_more_sessions_than_it_may_and_room_for_another_when_one_is_deleted()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new Dictionary<string, string> { ["Sessions__MaxPerTenant"] = "2" });
        var first = (await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest())).Session;
        await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest());

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest()));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        Assert.Contains("has 2 sessions, and Sessions:MaxPerTenant is 2;", refusal.Status.Detail, StringComparison.Ordinal);

        await cluster.Sessions.DeleteSessionAsync(new DeleteSessionRequest { SessionId = first.SessionId });
        await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest());
    }

    [Fact]
    public async Task Sessions_that_are_created_at_the_same_moment_are_never_more_than_a_tenant_may_have()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new Dictionary<string, string> { ["Sessions__MaxPerTenant"] = "5" });
        for (var granted = 0; granted < 5;)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
            {
                try
                {
                    await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest());
                    return 1;
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
                {
                    return 0; // perhaps all of those for the last place
                }
            }));
            granted += outcomes.Sum();
            Assert.InRange(granted, 0, 5);
            if (granted < 5)
                await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest()).ResponseAsync.ContinueWith(alone => granted += alone.IsCompletedSuccessfully ? 1 : 0, TaskScheduler.Default);
        }

        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(async () => await cluster.Sessions.CreateSessionAsync(new CreateSessionRequest()))).StatusCode);
    }

    /// <summary>A replica that lost a shard may need longer to form anew than a request waits; one that was refused may be sent again.</summary>
    private static async Task<Answer> AskAsync(EmbeddedCluster cluster, ChatRequest request)
    {
        for (var refusals = 0; ; refusals++)
        {
            try
            {
                return await Answer.ReadAsync(cluster.Inference.Chat(request));
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && refusals < 20)
            {
                await cluster.ServingAsync();
            }
        }
    }

    private static ChatRequest Turn(Session session, int turn)
    {
        var request = Questions.Greedy(Asked[turn], 40);
        request.SessionId = session.SessionId;
        return request;
    }

    private static async Task<List<Answer>> SendWholeAsync(EmbeddedCluster cluster)
    {
        var answers = new List<Answer>();
        var request = Questions.Greedy(Asked[0], 40);
        foreach (var next in Asked.Skip(1).Append(""))
        {
            answers.Add(await Answer.ReadAsync(cluster.Inference.Chat(request)));
            request.Messages.Add(new ChatMessage { Role = Role.Assistant, Content = answers[^1].Text });
            request.Messages.Add(new ChatMessage { Role = Role.User, Content = next });
        }

        return answers;
    }
}
