using k8s.Models;

namespace Baichuan.Kubernetes.Tests;

/// <summary>What a hospital's baseline asks of every pod, and what this chart promises beyond.</summary>
[Trait("Category", "Tool")]
public sealed class PolicyTests
{
    public static TheoryData<string> Values => Rendered.Values;

    [Theory, MemberData(nameof(Values))]
    public async Task Every_pod_satisfies_the_restricted_standard_and_has_no_token(string values)
    {
        foreach (var (name, _, spec) in (await Rendered.OfAsync(values)).Pods)
        {
            Assert.True(spec.SecurityContext.RunAsNonRoot, name);
            Assert.True(spec.SecurityContext.RunAsUser > 0, name);
            Assert.Equal("RuntimeDefault", spec.SecurityContext.SeccompProfile.Type);
            Assert.False(spec.AutomountServiceAccountToken, name);
            Assert.True(spec.HostNetwork is null or false && spec.HostPID is null or false && spec.HostIPC is null or false, name);
            Assert.All(spec.Volumes ?? [], volume => Assert.Null(volume.HostPath));
            Assert.All(spec.Containers.Concat(spec.InitContainers ?? []), container =>
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation, name);
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem, name);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Null(container.SecurityContext.Capabilities.Add);
            });
        }
    }

    [Theory, MemberData(nameof(Values))]
    public async Task Every_container_has_requests_limits_and_an_image_of_one_version(string values)
    {
        foreach (var container in (await Rendered.OfAsync(values)).Pods.SelectMany(pod => pod.Spec.Containers.Concat(pod.Spec.InitContainers ?? [])))
        {
            Assert.All(["cpu", "memory"], resource =>
            {
                Assert.Contains(resource, container.Resources.Requests.Keys);
                Assert.Contains(resource, container.Resources.Limits.Keys);
            });
            Assert.Matches(":[0-9][^:/]*$", container.Image);
            Assert.All(container.Env ?? [], variable => Assert.False(
                variable.Value is not null && variable.Name.Contains("password", StringComparison.OrdinalIgnoreCase), $"{variable.Name} is not from a Secret."));
        }
    }

    [Theory, MemberData(nameof(Values))]
    public async Task Servers_are_probed_and_their_ending_hangs_together(string values)
    {
        var rendered = await Rendered.OfAsync(values);
        foreach (var (name, _, spec) in rendered.Pods.Where(pod => pod.Spec.Containers[0].Name is "silo" or "gateway"))
        {
            var container = spec.Containers[0];
            Assert.All([container.StartupProbe, container.LivenessProbe, container.ReadinessProbe], probe => Assert.Equal(8081, probe.Grpc.Port));
            Assert.Equal("live", container.LivenessProbe.Grpc.Service);
            var fromZero = values == "gpu" && container.Name == "gateway"; // a request has to arrive before there is a replica
            Assert.Equal(fromZero ? "live" : null, container.ReadinessProbe.Grpc.Service);

            var environment = rendered.EnvironmentOf(name);
            var drain = TimeSpan.Parse(environment["Gateway__DrainTimeout"]);
            Assert.Equal(drain, TimeSpan.Parse(environment["Silo__DrainTimeout"]));
            var most = container.Lifecycle.PreStop.Sleep.Seconds + drain.TotalSeconds + 10; // the server's own last ten seconds: ServerHost
            Assert.True(spec.TerminationGracePeriodSeconds > most, $"{name}: {spec.TerminationGracePeriodSeconds} s of grace for {most} s");
        }
    }

    [Theory, MemberData(nameof(Values))]
    public async Task A_roll_out_never_asks_for_a_spare_device(string values)
    {
        var rendered = await Rendered.OfAsync(values);
        var silos = rendered.All<V1StatefulSet>().Single(set => set.Metadata.Name == "baichuan-silo");
        Assert.Equal("RollingUpdate", silos.Spec.UpdateStrategy.Type); // of a StatefulSet: the old pod goes before the new one comes
        Assert.Equal("Parallel", silos.Spec.PodManagementPolicy);
        Assert.True(silos.Spec.MinReadySeconds > 0);
        var control = rendered.All<V1StatefulSet>().Single(set => set.Metadata.Name == "baichuan-control");
        Assert.Equal("0", rendered.EnvironmentOf("baichuan-control")["Slots__Count"]);
        Assert.DoesNotContain(control.Spec.Template.Spec.Containers[0].Resources.Limits.Keys, resource => resource.Contains("gpu", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Values))]
    public async Task Every_server_has_a_disruption_budget_where_they_are_on(string values)
    {
        var rendered = await Rendered.OfAsync(values);
        var budgets = rendered.All<V1PodDisruptionBudget>().ToList();
        if (values == "hpa")
            Assert.Empty(budgets);
        else
            Assert.All(rendered.Pods.Where(pod => pod.Spec.Containers[0].Name is "silo" or "gateway"), pod => Assert.Single(budgets, budget => Selects(budget.Spec.Selector, pod.Metadata)));
    }

    /// <summary>Policies are read as the network would: what a pod may be reached on is the union of all that select it.</summary>
    [Theory, MemberData(nameof(Values))]
    public async Task Nothing_passes_but_named_ports_from_named_peers(string values)
    {
        var rendered = await Rendered.OfAsync(values);
        var policies = rendered.All<V1NetworkPolicy>().ToList();
        if (values == "hpa")
        {
            Assert.Empty(policies);
            return;
        }

        var deny = policies.Single(policy => policy.Metadata.Name.EndsWith("default-deny", StringComparison.Ordinal));
        Assert.All(rendered.Pods, pod => Assert.True(Selects(deny.Spec.PodSelector, pod.Metadata), pod.Name));
        Assert.True(deny.Spec.Ingress is null && deny.Spec.Egress is null);
        foreach (var policy in policies.Where(policy => policy != deny))
        {
            Assert.All(policy.Spec.Ingress ?? [], rule => Assert.True(rule.FromProperty?.Count > 0 && rule.Ports?.Count > 0, policy.Metadata.Name));
            Assert.All(policy.Spec.Egress ?? [], rule => Assert.True(rule.To?.Count > 0 && rule.Ports?.Count > 0, policy.Metadata.Name));
        }

        var watched = values is "gpu" or "pair";
        foreach (var (name, metadata, spec) in rendered.Pods)
        {
            var open = policies.Where(policy => Selects(policy.Spec.PodSelector, metadata)).SelectMany(policy => policy.Spec.Ingress ?? [])
                .SelectMany(rule => rule.Ports).Select(port => int.Parse(port.Port.Value)).ToHashSet();
            var served = (spec.Containers[0].Ports ?? []).Where(port => port.Name != "health" && (watched || port.Name != "metrics")).Select(port => port.ContainerPort);
            Assert.Equal(served.Order(), open.Order()); // probes come from the node
        }
    }

    [Fact]
    public async Task Gateways_and_silos_reach_the_collector_of_traces_where_there_is_one()
    {
        foreach (var values in (string[])["gpu", "minimal"])
        {
            var rendered = await Rendered.OfAsync(values);
            foreach (var owner in (string[])["baichuan-gateway", "baichuan-silo", "baichuan-control"])
            {
                var endpoint = rendered.EnvironmentOf(owner).GetValueOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT");
                Assert.Equal(values == "gpu" ? "http://collector.monitoring:4317" : null, endpoint);
                var metadata = rendered.Pods.Single(pod => pod.Name == owner).Metadata;
                var open = rendered.All<V1NetworkPolicy>().Where(policy => Selects(policy.Spec.PodSelector, metadata)).SelectMany(policy => policy.Spec.Egress ?? []);
                Assert.Equal(values == "gpu", open.SelectMany(rule => rule.Ports).Any(port => port.Port.Value == "4317"));
            }
        }
    }

    private static bool Selects(V1LabelSelector selector, V1ObjectMeta pod) =>
        (selector.MatchLabels ?? new Dictionary<string, string>()).All(label => pod.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
