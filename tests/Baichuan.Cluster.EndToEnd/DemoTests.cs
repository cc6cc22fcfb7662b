using System.Text.RegularExpressions;

namespace Baichuan.Cluster.EndToEnd;

public sealed partial class DemoTests
{
    [Fact]
    public async Task The_demo_answers_a_question_and_leaves_no_process_behind()
    {
        await using var demo = new ChildProcess(Executables.Cli, ["demo"]);

        Assert.True(await demo.ExitAsync(TimeSpan.FromSeconds(180)) == 0, demo.Log);
        Assert.Contains("stage 1", demo.Output, StringComparison.OrdinalIgnoreCase);
        var silos = SiloLine().Matches(demo.Output).Select(line => line.Groups[1].Value).ToArray();
        Assert.Equal(4, silos.Length);
        Assert.All(silos, process => Assert.False(Directory.Exists($"/proc/{process}"), $"Silo process {process} outlived the demo."));
    }

    /// <summary>A line of the topology's silo table: number, address, process id.</summary>
    [GeneratedRegex(@"^. *\d+ +. 127\.0\.0\.1:\d+ *. (\d+) ", RegexOptions.Multiline)]
    private static partial Regex SiloLine();
}
