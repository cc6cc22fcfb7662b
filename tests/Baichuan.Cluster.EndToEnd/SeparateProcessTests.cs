using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.V1;
using Grpc.Net.Client;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>The verbs `silo` and `gateway`, started by hand on one state file.</summary>
public sealed class SeparateProcessTests
{
    [Fact]
    public async Task Silos_and_a_gateway_that_share_a_state_file_serve_and_publish_metrics()
    {
        var data = Directory.CreateTempSubdirectory("baichuan-test-").FullName;
        string[] shared = ["--state-file", Path.Combine(data, "cluster.db"), "--cluster-id", "by-hand"];
        string[] cut = ["--tensor-parallel", "2", "--pipeline-parallel", "1"];
        var metricsPort = Ports.Free();
        await using (var one = new ChildProcess(Executables.Server, ["silo", .. shared, .. cut, "--silo-metrics-port", $"{metricsPort}"]))
        await using (var two = new ChildProcess(Executables.Server, ["silo", .. shared, .. cut]))
        await using (var gateway = await GatewayProcess.StartAsync(["gateway", .. shared]))
        {
            using var channel = GrpcChannel.ForAddress(gateway.Address);
            var answer = await Answer.ReadAsync(new Inference.InferenceClient(channel).Chat(Questions.Greedy("What is diabetes?", 8)));
            Assert.Equal(8, answer.Tokens.Count);

            using var http = new HttpClient();
            var metrics = await http.GetStringAsync($"http://127.0.0.1:{metricsPort}/metrics");
            Assert.Contains("baichuan_slot_ready{slot=\"0\"} 1", metrics);
            Assert.Contains("baichuan_slot_step_seconds_count", metrics);
            Assert.Contains("baichuan_step_gap_seconds_count{slot=\"0\"}", metrics);
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_silo_with_another_model_under_the_same_name_ends_and_the_others_serve_on()
    {
        var data = Directory.CreateTempSubdirectory("baichuan-test-").FullName;
        var demo = Path.Combine(Path.GetDirectoryName(Executables.Server)!, "Models", "demo");
        var other = Directory.CreateDirectory(Path.Combine(data, "other")).FullName;
        foreach (var file in Directory.GetFiles(demo))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        await File.AppendAllTextAsync(Path.Combine(other, "tokenizer.json"), "\n");
        string[] shared = ["--state-file", Path.Combine(data, "cluster.db"), "--cluster-id", "two-models"];
        await using (new ChildProcess(Executables.Server, ["silo", .. shared]))
        await using (var gateway = await GatewayProcess.StartAsync(["gateway", .. shared]))
        await using (var wrong = new ChildProcess(Executables.Server, ["silo", .. shared, "--model", other, "--model-name", "demo"]))
        {
            Assert.Equal(2, await wrong.ExitAsync(TimeSpan.FromSeconds(60)));
            Assert.Contains("no upgrade", wrong.Log);

            using var channel = GrpcChannel.ForAddress(gateway.Address);
            Assert.Equal(8, (await Answer.ReadAsync(new Inference.InferenceClient(channel).Chat(Questions.Greedy("What is diabetes?", 8)))).Tokens.Count);
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_start_that_cannot_be_says_why_and_ends()
    {
        await using var server = new ChildProcess(Executables.Server, ["--model", "/nowhere", "--data", Path.GetTempPath()]);

        Assert.Equal(2, await server.ExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("/nowhere", server.Log);
    }
}
