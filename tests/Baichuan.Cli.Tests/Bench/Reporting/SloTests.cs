using Baichuan.Cli.Bench.Reporting;

namespace Baichuan.Cli.Tests.Bench.Reporting;

public sealed class SloTests
{
    [Theory]
    [InlineData("ttft:50", true)]
    [InlineData("ttft:49.9", false)]
    [InlineData("tpot:20", true)]
    [InlineData("tpot:19", false)]
    [InlineData("e2e:90", true)]
    [InlineData("e2el:89", false)]
    [InlineData("ttft:50,tpot:20,e2e:90", true)]
    [InlineData("ttft:50,tpot:19,e2e:90", false)]
    public void A_request_is_good_if_it_meets_every_objective(string slo, bool good) =>
        Assert.Equal(good, Slo.Parse(slo).IsMetBy(Records.Completed(0, 0, 50, 20, 3)));

    [Fact]
    public void An_answer_of_one_token_has_no_time_per_further_token() => Assert.True(Slo.Parse("tpot:0").IsMetBy(Records.Completed(0, 0, 50, 20, 1)));

    [Theory]
    [InlineData("ttft", "'ttft' is no objective. Write ttft:MS")]
    [InlineData("itl:5", "'itl:5' is no objective")]
    [InlineData("ttft:fast", "'ttft:fast' is no objective")]
    [InlineData("ttft:-1", "'ttft:-1' is no objective")]
    [InlineData("", "'' is no objective")]
    [InlineData("e2e:5,e2el:6", "has two objectives for e2el")]
    public void What_is_no_objective_is_refused_with_a_sentence(string text, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<FormatException>(() => Slo.Parse(text)).Message, StringComparison.Ordinal);
}
