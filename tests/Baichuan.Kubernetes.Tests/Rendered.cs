using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace Baichuan.Kubernetes.Tests;

/// <summary>What helm makes of the chart with some values.</summary>
internal sealed record Rendered(string Text)
{
    private static readonly string[] Extensions = ["PodMonitor", "PrometheusRule", "ScaledObject", "Certificate", "Issuer"];

    /// <summary>The value files that every rule is checked with.</summary>
    public static TheoryData<string> Values { get; } = ["minimal", "gpu", "airgapped", "hpa", "pair"];

    private static readonly ConcurrentDictionary<string, Task<Rendered>> Made = new();

    /// <summary>Renders the chart, once for the same values.</summary>
    public static Task<Rendered> OfAsync(string values, params string[] more)
    {
        _ = Tools.Helm; // skips the test where it is missing
        return Made.GetOrAdd($"{values} {string.Join(' ', more)}", _ => RenderAsync(values, more));
    }

    private static async Task<Rendered> RenderAsync(string values, string[] more)
    {
        var (code, output, errors) = await Tools.RunAsync(Tools.Helm, ["template", "baichuan", Tools.Chart, "--namespace", "llm", "--values", ValueFile(values), .. more]);
        Assert.True(code == 0, errors);
        return new Rendered(output);
    }

    public static string ValueFile(string values) => Path.Combine(Tools.Root, "tests", "Baichuan.Kubernetes.Tests", "values", $"{values}.yaml");

    /// <summary>Every document as a tree.</summary>
    public IReadOnlyList<YamlMappingNode> Documents
    {
        get
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(Text));
            return [.. stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>()];
        }
    }

    /// <summary>The objects of Kubernetes itself, read so that an unknown field or a wrong type is an error.</summary>
    public IReadOnlyList<object> Objects => KubernetesYaml.LoadAllFromString(
        string.Join("\n---\n", Documents.Where(document => !Extensions.Contains(Kind(document))).Select(Yaml)), strict: true);

    public IEnumerable<T> All<T>() => Objects.OfType<T>();

    /// <summary>Every pod that would be, with its owner's name.</summary>
    public IEnumerable<(string Name, V1ObjectMeta Metadata, V1PodSpec Spec)> Pods => Objects.Select(it => it switch
    {
        V1StatefulSet set => (set.Metadata.Name, set.Spec.Template.Metadata, set.Spec.Template.Spec),
        V1Deployment set => (set.Metadata.Name, set.Spec.Template.Metadata, set.Spec.Template.Spec),
        V1Pod pod => (pod.Metadata.Name, pod.Metadata, pod.Spec),
        _ => default,
    }).Where(pod => pod.Spec is not null);

    public YamlMappingNode Only(string kind) => Documents.Single(document => Kind(document) == kind);

    public static string Kind(YamlMappingNode document) => ((YamlScalarNode)document["kind"]).Value!;

    public static string Yaml(YamlNode node)
    {
        using var text = new StringWriter();
        new YamlStream(new YamlDocument(node)).Save(text, assignAnchors: false);
        return text.ToString().Replace("\n...", "", StringComparison.Ordinal);
    }

    /// <summary>The environment of a pod's first container, with the settings that it takes over; references are left as they are.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(string owner)
    {
        var container = Pods.Single(pod => pod.Name == owner).Spec.Containers[0];
        var environment = container.EnvFrom.SelectMany(from => All<V1ConfigMap>().Single(map => map.Metadata.Name == from.ConfigMapRef.Name).Data).ToDictionary();
        foreach (var variable in container.Env)
            environment[variable.Name] = variable.Value ?? variable.ValueFrom.FieldRef?.FieldPath ?? $"secret:{variable.ValueFrom.SecretKeyRef.Key}";
        return environment;
    }
}
