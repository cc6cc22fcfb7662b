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

        // A process closes its output, which the demo waits for, a moment before the system has forgotten it.
        string[] Left() => [.. silos.Where(process => Directory.Exists($"/proc/{process}"))];
        await Waiting.UntilAsync(() => Task.FromResult(Left().Length == 0), () => $"Silo processes {string.Join(", ", Left())} outlived the demo.", TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    /// <summary>A line of the topology's silo table: number, address, process id.</summary>
    [GeneratedRegex(@"^. *\d+ +. 127\.0\.0\.1:\d+ *. (\d+) ", RegexOptions.Multiline)]
    private static partial Regex SiloLine();
}
