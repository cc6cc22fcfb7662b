using k8s.Models;

namespace Baichuan.Kubernetes.Tests;

[Trait("Category", "Tool")]
public sealed class KustomizeTests
{
    [Fact]
    public async Task The_base_is_what_the_chart_renders()
    {
        var folder = Path.Combine(Tools.Root, "k8s", "base");
        var (code, output, errors) = await Tools.RunAsync(
            Tools.Helm, ["template", "baichuan", Tools.Chart, "--namespace", "llm", "--skip-tests", "--values", Path.Combine(folder, "values.yaml")]);
        Assert.True(code == 0, errors);
        Assert.True(output == await File.ReadAllTextAsync(Path.Combine(folder, "baichuan.yaml")), "k8s/base/baichuan.yaml is stale: run k8s/render.");
    }

    [Theory]
    [InlineData("single-node-cpu", 1, "baichuan/silo-cpu:0.1.0")]
    [InlineData("gpu-production", 2, "baichuan/silo-cuda:0.1.0")]
    [InlineData("air-gapped", 2, "registry.hospital.internal/baichuan/silo-cuda:0.1.0")]
    public async Task An_overlay_builds_and_is_valid(string overlay, int silos, string image)
    {
        var (code, output, errors) = await Tools.RunAsync(Tools.Kubectl, ["kustomize", Path.Combine(Tools.Root, "k8s", "overlays", overlay)]);
        Assert.True(code == 0, errors);
        var rendered = new Rendered(output);
        var set = rendered.All<V1StatefulSet>().Single(set => set.Metadata.Name == "baichuan-silo");
        Assert.Equal((silos, image), (set.Spec.Replicas, set.Spec.Template.Spec.Containers[0].Image));
        var script = Path.Combine(Tools.Root, "tests", "Baichuan.Kubernetes.Tests", "validate.cjs");
        (code, output, errors) = await Tools.RunAsync("node", [script, Tools.Modules], output);
        Assert.True(code == 0, output + errors);
    }

    [Fact]
    public async Task The_air_gapped_overlay_takes_no_image_from_outside()
    {
        var (_, output, _) = await Tools.RunAsync(Tools.Kubectl, ["kustomize", Path.Combine(Tools.Root, "k8s", "overlays", "air-gapped")]);
        var images = new Rendered(output).Pods.SelectMany(pod => pod.Spec.Containers).Select(container => container.Image).ToList();
        Assert.NotEmpty(images);
        Assert.All(images, image => Assert.StartsWith("registry.hospital.internal/", image, StringComparison.Ordinal));
    }
}
