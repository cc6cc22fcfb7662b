using System.Text.Json.Nodes;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>Short runs of the program that makes processes fail under load; the README has the figures of long ones.</summary>
public sealed class ChaosTests
{
    [Theory]
    [InlineData("kill-shard,kill-coordinator,kill-gateway", 3, "--fault-point", "all")]
    [InlineData("rolling-restart", 1)]
    [InlineData("upgrade", 1)]
    public async Task No_stream_fails_or_changes_a_byte(string fault, int count, params string[] more)
    {
        var json = Path.GetTempFileName();
        await using var chaos = new ChildProcess(Executables.Chaos, ["--fault", fault, "--count", $"{count}", "--streams", "8", "--seed", "3", "--control", "0", "--json", json, .. more]);

        Assert.True(await chaos.ExitAsync(TimeSpan.FromMinutes(3)) == 0, chaos.Log);
        var figures = JsonNode.Parse(await File.ReadAllTextAsync(json))!;
        Assert.Equal(count, (int)figures["faults"]!);
        Assert.Equal([0, 0, 0, 0], new[] { "failed", "lost_tokens", "double_tokens", "hash_mismatches" }.Select(name => (int)figures[name]!));
        File.Delete(json);
    }
}
