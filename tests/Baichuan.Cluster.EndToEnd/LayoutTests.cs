using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.V1;

namespace Baichuan.Cluster.EndToEnd;

public sealed class LayoutTests
{
    [Fact]
    public async Task A_made_model_is_served_from_token_ids()
    {
        var folder = Directory.CreateTempSubdirectory("baichuan-made-").FullName;
        var config = (await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny", "config.json"))).Replace("\"vocab_size\": 256", "\"vocab_size\": 5000");
        await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), config);
        await using (var make = new ChildProcess(Executables.Server,
            ["make-model", "--config", Path.Combine(folder, "config.json"), "--seed", "3", "--dtype", "f32", "--output", Path.Combine(folder, "made")]))
            Assert.True(await make.ExitAsync(TimeSpan.FromSeconds(60)) == 0, make.Log);

        await using (var cluster = await EmbeddedCluster.StartAsync("--model", Path.Combine(folder, "made")))
        {
            var request = new GenerateRequest { Model = "made", TokenIds = new TokenIds { Ids = { 5, 4999, 7 } }, Sampling = new SamplingOptions { MaxTokens = 12, IgnoreEos = true } };
            var answer = await Answer.ReadAsync(cluster.Inference.Generate(request));
            Assert.Equal(12, answer.Tokens.Count);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task One_process_and_two_silos_of_two_ranks_give_the_same_profile_and_the_same_bytes()
    {
        var request = Questions.Sampled("What are the symptoms of Glaucoma?", 64, 11);
        var answers = new List<Answer>();
        foreach (string[] layout in (string[][])[[], ["--silos", "2", "--tensor-parallel", "2", "--pipeline-parallel", "3"]])
        {
            await using var cluster = await EmbeddedCluster.StartAsync(layout);
            answers.Add(await Answer.ReadAsync(cluster.Inference.Chat(request)));
        }

        Assert.Equal(answers[0].Started.ProfileId, answers[1].Started.ProfileId);
        Assert.Equal(answers[0].Text, answers[1].Text);
    }
}
