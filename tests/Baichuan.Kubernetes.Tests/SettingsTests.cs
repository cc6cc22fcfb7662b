using System.ComponentModel.DataAnnotations;
using Baichuan.Cluster;
using Baichuan.Cluster.Hosting;
using Baichuan.Cluster.Security;
using Baichuan.Cluster.Sessions;
using Baichuan.Cluster.Slots;
using Baichuan.Gateway;
using Microsoft.Extensions.Configuration;

namespace Baichuan.Kubernetes.Tests;

/// <summary>What the chart sets exists in the server, and the server takes it.</summary>
[Trait("Category", "Tool")]
public sealed class SettingsTests
{
    private static readonly Dictionary<string, Type> Sections = new()
    {
        ["Deployment"] = typeof(DeploymentOptions),
        ["Silo"] = typeof(SiloHostOptions),
        ["Slots"] = typeof(SlotOptions),
        ["Sessions"] = typeof(SessionOptions),
        ["Gateway"] = typeof(GatewayOptions),
        ["Tls"] = typeof(ClusterTlsOptions),
    };

    public static TheoryData<string> Values => Rendered.Values;

    [Theory, MemberData(nameof(Values))]
    public async Task Every_setting_is_an_option_with_a_value_that_it_may_have(string values)
    {
        var rendered = await Rendered.OfAsync(values);
        foreach (var (name, _, spec) in rendered.Pods.Where(pod => pod.Spec.Containers[0].Name is "silo" or "gateway"))
        {
            var settings = rendered.EnvironmentOf(name).Where(variable => variable.Key.Contains("__", StringComparison.Ordinal) && !variable.Key.StartsWith("Logging", StringComparison.Ordinal))
                .ToDictionary(variable => variable.Key.Replace("__", ":", StringComparison.Ordinal), variable => (string?)Example(variable.Value));
            settings["Gateway:ModelFolder"] = settings["Deployment:ModelFolder"] = "/models"; // the server's own defaults, where the chart sets none
            settings["Gateway:Model"] = settings["Deployment:Model"] = "demo";
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
            Assert.Empty(configuration.GetChildren().Select(section => section.Key).Except(Sections.Keys));
            foreach (var (section, type) in Sections)
            {
                // Unknown names and values of another type throw here.
                var options = configuration.GetSection(section).Get(type, binder => binder.ErrorOnUnknownConfiguration = true) ?? Activator.CreateInstance(type)!;
                var wrong = new List<ValidationResult>();
                Assert.True(section == "Sessions" && name.EndsWith("gateway", StringComparison.Ordinal) || Validator.TryValidateObject(options, new ValidationContext(options), wrong, true),
                    $"{name}: {string.Join(' ', wrong)}");
            }
        }
    }

    private static string Example(string value) => value switch
    {
        "status.podIP" => "10.0.0.1",
        "metadata.name" => "baichuan-silo-0",
        "secret:session-key" => Convert.ToBase64String(new byte[32]),
        "secret:store-connection" => "redis:6379",
        _ when value.StartsWith("secret:", StringComparison.Ordinal) => $"key-of-a-tenant-{value}",
        _ => value,
    };
}
