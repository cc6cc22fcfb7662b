using System.Collections.Concurrent;
using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.V1;
using Grpc.Net.Client;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>Four silos of one slot, T = 2 x P = 2: one is killed, and nobody starts it again until streams have gone on without.</summary>
public sealed class FewerSlotsTests
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Without_a_spare_streams_go_on_over_three_slots_and_a_silo_that_joins_makes_four_of_them_again()
    {
        var data = Directory.CreateTempSubdirectory("baichuan-test-").FullName;
        string[] shared = ["--state-file", Path.Combine(data, "cluster.db"), "--cluster-id", "fewer-slots"];
        ChildProcess Silo() => new(Executables.Server, ["silo", .. shared, "--tensor-parallel", "2", "--pipeline-parallel", "2", "--slots", "1", "--threads", "1"]);
        ChildProcess[] silos = [Silo(), Silo(), Silo(), Silo()];
        await using (var gateway = await GatewayProcess.StartAsync(["gateway", .. shared]))
        {
            using var channel = GrpcChannel.ForAddress(gateway.Address);
            var inference = new Inference.InferenceClient(channel);
            var cluster = new V1.Cluster.ClusterClient(channel);
            ChatRequest[] requests = [Long(Questions.Greedy("What is diabetes?", 300)), .. Enumerable.Range(1, 3).Select(seed => Questions.Sampled("What are the symptoms of Glaucoma?", 300, (ulong)seed))];
            var undisturbed = await Task.WhenAll(requests.Select(request => Answer.ReadAsync(inference.Chat(request))));
            var before = await ReplicaAsync(cluster, replica => replica.Shards.Count == 4);

            // Clients that ask again and again, until all is over.
            var over = false;
            var answers = new ConcurrentBag<(int Request, Answer Answer)>();
            var begun = new TaskCompletionSource();
            var clients = Task.WhenAll(requests.Select(async (request, number) =>
            {
                while (!Volatile.Read(ref over))
                    answers.Add((number, await Answer.ReadAsync(inference.Chat(request), soFar => _ = soFar.Tokens.Count >= 20 && begun.TrySetResult())));
            }));
            await begun.Task.WaitAsync(MostWait);

            silos.Single(silo => silo.Id == before.Shards[^1].ProcessId).Signal("KILL");
            var fewer = await ReplicaAsync(cluster, replica => replica.Epoch > before.Epoch && replica.Shards.Count < 4);
            Assert.Equal([(0, 0), (1, 0), (2, 0)], fewer.Shards.Select(shard => (shard.Stage, shard.Rank)));
            Assert.Contains("without 1 of 4 slots", fewer.Note, StringComparison.Ordinal);
            var without = answers.Count;
            await UntilAsync(() => answers.Count >= without + (2 * requests.Length), clients);

            silos = [.. silos, Silo()];
            var after = await ReplicaAsync(cluster, replica => replica.Epoch > fewer.Epoch && replica.Shards.Count == 4);
            Assert.Contains(after.Shards, shard => shard.ProcessId == silos[^1].Id);
            var whole = answers.Count;
            await UntilAsync(() => answers.Count >= whole + (2 * requests.Length), clients);
            Volatile.Write(ref over, true);
            await clients;

            Assert.All(answers, answer => Assert.Equal(undisturbed[answer.Request].Text, answer.Answer.Text));
            Assert.All(answers, answer => Assert.Equal(undisturbed[answer.Request].Tokens, answer.Answer.Tokens));
            Assert.Equal(fewer.Epoch + 1, (await ReplicaAsync(cluster, _ => true)).Epoch); // nothing failed when it went back
        }

        foreach (var silo in silos)
            await silo.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    private static ChatRequest Long(ChatRequest request)
    {
        request.Sampling.IgnoreEos = true;
        return request;
    }

    private static async Task<Replica> ReplicaAsync(V1.Cluster.ClusterClient cluster, Func<Replica, bool> isSo)
    {
        Replica replica = new();
        await Waiting.UntilAsync(
            async () =>
            {
                replica = Assert.Single((await cluster.GetTopologyAsync(new GetTopologyRequest())).Replicas);
                return replica.State == ReplicaState.Ready && isSo(replica);
            },
            () => $"{replica}",
            MostWait);
        return replica;
    }

    private static Task UntilAsync(Func<bool> isSo, Task clients) => Waiting.UntilAsync(
        async () =>
        {
            if (clients.IsFaulted)
                await clients;
            return isSo();
        },
        () => "The clients have too few answers.",
        MostWait);
}
