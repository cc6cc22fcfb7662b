using System.Text.RegularExpressions;

namespace Baichuan.Kubernetes.Tests;

[Trait("Category", "Tool")]
public sealed partial class ChartTests
{
    public static TheoryData<string> Values => Rendered.Values;

    [Theory, MemberData(nameof(Values))]
    public async Task Helm_finds_nothing_to_mind(string values)
    {
        var (code, output, _) = await Tools.RunAsync(Tools.Helm, ["lint", "--strict", Tools.Chart, "--values", Rendered.ValueFile(values)]);
        Assert.True(code == 0, output);
    }

    [Theory, MemberData(nameof(Values))]
    public async Task Every_object_of_Kubernetes_itself_has_known_fields_of_the_right_types_only(string values) =>
        Assert.NotEmpty((await Rendered.OfAsync(values)).Objects);

    [Theory, MemberData(nameof(Values))]
    public async Task Every_object_satisfies_its_schema_those_of_operators_too(string values)
    {
        var rendered = await Rendered.OfAsync(values);
        var script = Path.Combine(Tools.Root, "tests", "Baichuan.Kubernetes.Tests", "validate.cjs");
        var (code, output, errors) = await Tools.RunAsync("node", [script, Tools.Modules], rendered.Text);
        Assert.True(code == 0, output + errors);
        Assert.Equal($"{rendered.Documents.Count} objects are valid", output.Trim());
    }

    [Fact]
    public async Task The_validator_minds_what_is_wrong()
    {
        var rendered = await Rendered.OfAsync("gpu");
        var wrong = rendered.Text.Replace("metricType: AverageValue", "metricType: 7", StringComparison.Ordinal);
        Assert.NotEqual(rendered.Text, wrong);
        var script = Path.Combine(Tools.Root, "tests", "Baichuan.Kubernetes.Tests", "validate.cjs");
        var (code, output, _) = await Tools.RunAsync("node", [script, Tools.Modules], wrong);
        Assert.Equal(1, code);
        Assert.Contains("ScaledObject", output);
    }

    [Theory]
    [InlineData("silo.slot=2", "slot")]
    [InlineData("replica.tensor=0", "tensor")]
    [InlineData("replica.tensor=two", "tensor")]
    [InlineData("model.source=ftp", "source")]
    [InlineData("model.source=pvc", "claim")]
    [InlineData("model.source=mirror", "mirror")]
    [InlineData("model.weights=fp4", "weights")]
    [InlineData("drainSeconds=-1", "drainSeconds")]
    [InlineData("tls.enabled=true", "tls")]
    [InlineData("internalTls.issuer=x", "internalTls")]
    [InlineData("tenants[0].name=radiology", "secretKeys")]
    [InlineData("tenants[0].name=radiology,tenants[0].secretKeys[0]=a__b", "secretKeys")]
    [InlineData("store.kind=postgres", "bundled")]
    [InlineData("autoscaling.silo.scaler=magic", "scaler")]
    [InlineData("silo.resources.limits=null", "limits")]
    [InlineData("replica.tensor=3,silo.slots=2", "must be a multiple")]
    [InlineData("silo.slots=4", "one replica at the most")]
    [InlineData("gateway.console=true", "gateway.openAi.enabled")]
    [InlineData("monitoring.traces.endpoint=collector", "traces")]
    [InlineData("autoscaling.silo.scaler=hpa,autoscaling.silo.min=0,monitoring.rules=true", "min")]
    [InlineData("autoscaling.silo.scaler=keda", "monitoring.rules")]
    [InlineData("autoscaling.silo.scaler=keda,monitoring.rules=true,autoscaling.silo.min=9", "above autoscaling.silo.max")]
    public async Task What_cannot_be_is_refused_with_its_place(string set, string place)
    {
        var (code, _, errors) = await Tools.RunAsync(Tools.Helm, ["template", "baichuan", Tools.Chart, "--set", set]);
        Assert.NotEqual(0, code);
        Assert.Contains(place, errors);
    }

    [Fact]
    public void Values_fit_on_few_pages_and_are_explained()
    {
        var lines = File.ReadAllLines(Path.Combine(Tools.Chart, "values.yaml"));
        Assert.InRange(lines.Length, 1, 249);
        Assert.InRange(lines.Count(line => line.Contains('#', StringComparison.Ordinal)), 40, lines.Length);
    }

    [Theory, MemberData(nameof(Values))]
    public async Task The_notes_say_how_to_get_the_first_token(string values)
    {
        var (_, output, _) = await Tools.RunAsync(Tools.Helm, ["install", "baichuan", Tools.Chart, "--dry-run=client", "--values", Rendered.ValueFile(values)]);
        Assert.Contains("NOTES:", output);
        Assert.Matches(FirstToken(), output[output.IndexOf("NOTES:", StringComparison.Ordinal)..]);
    }

    [GeneratedRegex("create secret(.|\n)*helm .*test(.|\n)*port-forward(.|\n)*baichuan chat")]
    private static partial Regex FirstToken();
}
