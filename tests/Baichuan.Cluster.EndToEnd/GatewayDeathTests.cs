using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>A session's turn whose gateway dies: it is not resumed, nothing of it is kept, and the session takes the next turn when its lease has run out.</summary>
public sealed class GatewayDeathTests
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(40); // the lease is 15 s

    [Fact]
    public async Task A_turn_whose_gateway_dies_is_not_kept_and_can_be_sent_again_at_another()
    {
        var data = Directory.CreateTempSubdirectory("baichuan-test-").FullName;
        string[] shared = ["--state-file", Path.Combine(data, "cluster.db"), "--cluster-id", "two-gateways"];
        await using (var silo = new ChildProcess(Executables.Server, ["silo", .. shared]))
        await using (var dying = await GatewayProcess.StartAsync(["gateway", .. shared]))
        await using (var other = await GatewayProcess.StartAsync(["gateway", .. shared]))
        {
            using var dyingChannel = GrpcChannel.ForAddress(dying.Address);
            using var otherChannel = GrpcChannel.ForAddress(other.Address);
            var inference = new Inference.InferenceClient(otherChannel);
            var sessions = new V1.Sessions.SessionsClient(otherChannel);
            var session = (await sessions.CreateSessionAsync(new CreateSessionRequest())).Session;
            var turn = Questions.Greedy("What is diabetes?", 400);
            turn.Sampling.IgnoreEos = true;
            var whole = await Answer.ReadAsync(inference.Chat(turn));
            turn.SessionId = session.SessionId;

            var lost = await Assert.ThrowsAsync<RpcException>(() => Answer.ReadAsync(new Inference.InferenceClient(dyingChannel).Chat(turn), soFar =>
            {
                if (soFar.Tokens.Count > 0 && !dying.Process.HasExited)
                    dying.Process.Signal("KILL");
            }));
            Assert.Equal(StatusCode.Unavailable, lost.StatusCode);

            var busy = await Assert.ThrowsAsync<RpcException>(() => Answer.ReadAsync(inference.Chat(turn)));
            Assert.Equal(StatusCode.Aborted, busy.StatusCode);
            Assert.Equal(0, (await sessions.GetSessionAsync(new GetSessionRequest { SessionId = session.SessionId })).Session.Turns);
            Assert.Equal(whole.Text, (await WhenFreeAsync(() => Answer.ReadAsync(inference.Chat(turn)))).Text);
            Assert.Equal(1, (await sessions.GetSessionAsync(new GetSessionRequest { SessionId = session.SessionId })).Session.Turns);
        }

        Directory.Delete(data, recursive: true);
    }

    /// <summary>Sends a turn again while another has the session.</summary>
    private static async Task<Answer> WhenFreeAsync(Func<Task<Answer>> send)
    {
        using var limit = new CancellationTokenSource(MostWait);
        while (true)
        {
            try
            {
                return await send();
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Aborted && !limit.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), CancellationToken.None);
            }
        }
    }
}
