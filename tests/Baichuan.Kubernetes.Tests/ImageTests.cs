using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Baichuan.Kubernetes.Tests;

/// <summary>There need not be a container engine: what the Dockerfiles publish is published, and run as they run it, by a user without rights from a folder that cannot be written.</summary>
[Collection("processes"), Trait("Category", "Tool")]
public sealed partial class ImageTests
{
    private const string Nobody = "65534";

    [Theory]
    [InlineData("silo-cpu")]
    [InlineData("silo-cuda")]
    [InlineData("gateway")]
    public void A_Dockerfile_pins_a_safe_runtime_and_has_no_root(string image)
    {
        var text = File.ReadAllText(Dockerfile(image));
        Assert.Contains("FROM mcr.microsoft.com/dotnet/aspnet:10.0.13-noble\n", text);
        Assert.Contains("USER $APP_UID\n", text);
        Assert.Matches(Publish(), text);
    }

    [Fact]
    public async Task The_gateways_image_has_no_libtorch_and_both_run_without_rights()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !File.Exists("/usr/bin/setpriv"))
            Assert.Skip("Needs root, to run something as another user, and setpriv: apt-get install util-linux");
        using var folder = new TemporaryFolder();
        TemporaryFolder.OpenToAll(folder.Path);
        var (silo, gateway) = (folder.File("silo"), folder.File("gateway"));
        await PublishAsync("silo-cpu", silo);
        await PublishAsync("gateway", gateway);

        Assert.NotEmpty(Directory.GetFiles(silo, "libtorch*", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(gateway, "libtorch*", SearchOption.AllDirectories));
        Assert.InRange(Directory.GetFiles(gateway, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length), 1, 150 << 20);
        Assert.True(File.Exists(Path.Combine(gateway, "cli", "baichuan")));

        // The state's folder stands for the volume at /tmp; all else is read-only for this user.
        var state = Directory.CreateDirectory(folder.File("state"));
        TemporaryFolder.OpenToAll(state.FullName);
        string[] shared = ["--state-file", Path.Combine(state.FullName, "cluster.db"), "--cluster-id", "image"];
        var (grpc, siloHealth, gatewayHealth) = (Ports.Free(), Ports.Free(), Ports.Free());
        await using var one = Run(silo, ["silo", .. shared, "--silo-health-port", $"{siloHealth}"], state.FullName);
        await ServingAsync(siloHealth, one);
        await using var two = Run(gateway, ["gateway", .. shared, "--grpc-port", $"{grpc}", "--metrics-port", "0", "--health-port", $"{gatewayHealth}"], state.FullName);
        await ServingAsync(gatewayHealth, two);

        // What `helm test` runs, from the same image.
        await using var ask = new ChildProcess("/usr/bin/setpriv",
            [.. Unprivileged, Path.Combine(gateway, "cli", "baichuan"), "chat", "--address", $"http://127.0.0.1:{grpc}", "--max-tokens", "16", "What is diabetes?"], VariablesOf(state.FullName));
        Assert.True(await ask.ExitAsync(TimeSpan.FromSeconds(60)) == 0, ask.Log);

        // The probes' port has health and nothing else.
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{gatewayHealth}");
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await new V1.Inference.InferenceClient(channel).GetModelAsync(new V1.GetModelRequest()));
        Assert.Equal(StatusCode.Unimplemented, refused.StatusCode);
    }

    private static string[] Unprivileged => [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"];

    private static Dictionary<string, string> VariablesOf(string home) => new() { ["HOME"] = home, ["TMPDIR"] = home, ["DOTNET_EnableDiagnostics"] = "0" };

    private static ChildProcess Run(string folder, IEnumerable<string> arguments, string home) =>
        new("/usr/bin/setpriv", [.. Unprivileged, Path.Combine(folder, "baichuan-server"), .. arguments], VariablesOf(home));

    /// <summary>Runs the publish commands of a Dockerfile, on what is built already.</summary>
    private static async Task PublishAsync(string image, string output)
    {
        var commands = Publish().Matches(File.ReadAllText(Dockerfile(image)));
        Assert.NotEmpty(commands);
        foreach (var command in commands.Select(match => match.Value))
        {
            var arguments = command.Replace("/app", output, StringComparison.Ordinal).Split(' ')[1..];
            var (code, text, errors) = await Tools.RunAsync("dotnet", [.. arguments, "--no-build", "--nologo"]);
            Assert.True(code == 0, text + errors);
        }
    }

    private static async Task ServingAsync(int port, ChildProcess process)
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        var health = new Health.HealthClient(channel);
        await Processes.ChartCluster.UntilAsync(
            async () =>
            {
                try
                {
                    return (await health.CheckAsync(new HealthCheckRequest())).Status == HealthCheckResponse.Types.ServingStatus.Serving;
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
                {
                    return process.HasExited ? throw new InvalidOperationException(process.Log) : false;
                }
            },
            () => process.Log);
    }

    private static string Dockerfile(string image) => Path.Combine(Tools.Root, "src", "Baichuan.Server", $"Dockerfile.{image}");

    [GeneratedRegex("dotnet publish [^\\n\\\\&]*[^\\n\\\\& ]")]
    private static partial Regex Publish();
}
