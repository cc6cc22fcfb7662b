namespace Baichuan.Kubernetes.Tests;

[Trait("Category", "Tool")]
public sealed class RulesTests
{
    [Fact]
    public async Task Promtool_accepts_the_rules_and_their_tests_hold()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("rules.yaml"), Rendered.Yaml((await Rendered.OfAsync("pair")).Only("PrometheusRule")["spec"]));
        var (code, output, errors) = await Tools.RunAsync(Tools.PromTool, ["check", "rules", folder.File("rules.yaml")]);
        Assert.True(code == 0, output + errors);
        Assert.Contains("15 rules found", output);

        File.Copy(Path.Combine(Tools.Root, "tests", "Baichuan.Kubernetes.Tests", "rules.test.yaml"), folder.File("rules.test.yaml"));
        (code, output, errors) = await Tools.RunAsync(Tools.PromTool, ["test", "rules", folder.File("rules.test.yaml")]);
        Assert.True(code == 0, output + errors);
    }
}
