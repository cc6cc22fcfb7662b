using Baichuan.Cluster.EndToEnd.Processes;

namespace Baichuan.Cluster.EndToEnd;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_answers_a_question_and_leaves_no_process_behind()
    {
        await using var demo = new ChildProcess(Executables.Cli, ["demo"]);

        Assert.True(await demo.ExitAsync(TimeSpan.FromSeconds(180)) == 0, demo.Log);
        Assert.Contains("stage 1", demo.Output, StringComparison.OrdinalIgnoreCase);
    }
}
