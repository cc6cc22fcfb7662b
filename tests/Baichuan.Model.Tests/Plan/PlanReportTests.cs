using Baichuan.Model.Plan;

namespace Baichuan.Model.Tests.Plan;

public sealed class PlanReportTests
{
    private static readonly string s_report = Report();

    [Theory]
    [InlineData("40 layers, hidden 5,120, FFN 17,408, vocabulary 133,120, at most 32,768 positions")]
    [InlineData("global:  20 layers, 20 heads of 256 over 2 KV heads")]
    [InlineData("sliding: 20 layers, 40 heads of 128 over 8 KV heads, window 8,192")]
    [InlineData("tensor parallel 4 x pipeline parallel 2 = 8 shards, sums in groups-of-4; weights BF16, KV cache BF16")]
    [InlineData("1,342,177,280  1.250")]
    [InlineData("671,088,640  0.625")]
    [InlineData("2,013,265,920  1.875")]
    public void The_report_states_the_model_the_cut_and_the_cache(string expected) => Assert.Contains(expected, s_report, StringComparison.Ordinal);

    [Fact]
    public void Every_shard_has_a_line_with_its_share()
    {
        var line = s_report.Split('\n').First(l => l.TrimStart().StartsWith("7  ", StringComparison.Ordinal));
        Assert.Equal(
            ["7", "1", "3", "20..40", "3..4", "15..20", "1..2", "30..40", "6..8", "13056..17408", "99840..133120"],
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Every_shard_has_a_line_with_its_memory()
    {
        var line = s_report.Split('\n').Last(l => l.TrimStart().StartsWith("0  ", StringComparison.Ordinal));
        var cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // 10 layers of each kind; one of two global KV heads of 256, two of eight sliding ones of 128; key and value of 2 bytes.
        Assert.Equal(["10,240", "10,240", "419,430,400", "0.391"], cells[3..]);
    }

    private static string Report()
    {
        var config = ModelConfig.Load(Path.Combine(AppContext.BaseDirectory, "data", "configs", "baichuan-m1-14b"));
        var writer = new StringWriter { NewLine = "\n" };
        PlanReport.Write(writer, MemoryPlan.Create(ShardPlan.Create(config, 4, 2), WeightType.BF16, KvType.BF16), 32_768);
        return writer.ToString();
    }
}
