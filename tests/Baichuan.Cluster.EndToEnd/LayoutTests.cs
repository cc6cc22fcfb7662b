using Baichuan.Cluster.EndToEnd.Processes;

namespace Baichuan.Cluster.EndToEnd;

public sealed class LayoutTests
{
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
