using System.Diagnostics;
using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.V1;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>Processes die with kill -9 while streams run.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task Streams_go_on_without_a_lost_or_double_token_when_a_shards_process_is_killed()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("--silos", "4", "--slots", "1", "--tensor-parallel", "2", "--pipeline-parallel", "2");
        var request = Questions.Sampled("What is diabetes?", 300, 7);
        var undisturbed = await Answer.ReadAsync(cluster.Inference.Chat(request));
        var before = Assert.Single((await cluster.Cluster.GetTopologyAsync(new GetTopologyRequest())).Replicas);
        var victim = before.Shards[3].ProcessId;
        var killed = false;

        var disturbed = await Answer.ReadAsync(cluster.Inference.Chat(request), answer =>
        {
            if (killed || answer.Tokens.Count < 20)
                return;
            killed = true;
            Process.GetProcessById(victim).Kill();
        });

        Assert.True(killed);
        Assert.Equal(undisturbed.Text, disturbed.Text);
        Assert.Equal(undisturbed.Tokens, disturbed.Tokens);
        await Waiting.UntilAsync( // the stream may have ended before the topology says it
            async () => Assert.Single((await cluster.Cluster.GetTopologyAsync(new GetTopologyRequest())).Replicas).Epoch > before.Epoch,
            () => $"Epoch {before.Epoch} is still running after a shard's process was killed.",
            TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_stream_outlives_every_silo_the_coordinators_among_them()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("--silos", "4", "--slots", "1", "--tensor-parallel", "2", "--pipeline-parallel", "2");
        var request = Questions.Sampled("What are the symptoms of Glaucoma?", 400, 3);
        var undisturbed = await Answer.ReadAsync(cluster.Inference.Chat(request));
        var victims = new Queue<int>((await cluster.Cluster.GetTopologyAsync(new GetTopologyRequest())).Silos.Select(silo => silo.ProcessId));
        Assert.Equal(4, victims.Count);
        var next = 20;

        var disturbed = await Answer.ReadAsync(cluster.Inference.Chat(request), answer =>
        {
            if (answer.Tokens.Count < next || !victims.TryDequeue(out var victim))
                return;
            next = answer.Tokens.Count + 40;
            Process.GetProcessById(victim).Kill();
        });

        Assert.Empty(victims);
        Assert.Equal(undisturbed.Text, disturbed.Text);
    }

    [Fact]
    public async Task Silos_end_when_their_supervisor_is_killed()
    {
        await using var cluster = await EmbeddedCluster.StartAsync("--silos", "2", "--tensor-parallel", "2");
        var topology = await cluster.Cluster.GetTopologyAsync(new GetTopologyRequest());
        var silos = topology.Silos.Select(silo => Process.GetProcessById(silo.ProcessId)).ToArray();
        Assert.Equal(2, silos.Length);

        cluster.Server.Signal("KILL");

        await Task.WhenAll(silos.Select(silo => silo.WaitForExitAsync())).WaitAsync(TimeSpan.FromSeconds(30));
    }
}
