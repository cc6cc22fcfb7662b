using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>The arrows between projects, read from the assemblies that were built.</summary>
public sealed class ArchitectureTests
{
    [Theory]
    [InlineData("Baichuan.Gateway", "TorchSharp")]
    [InlineData("Baichuan.Gateway", "Baichuan.Compute")]
    [InlineData("Baichuan.Client", "TorchSharp")]
    [InlineData("Baichuan.Cluster", "TorchSharp")]
    [InlineData("Baichuan.Cluster.Abstractions", "TorchSharp")]
    [InlineData("Baichuan.Cluster.Abstractions", "Baichuan.Compute")]
    [InlineData("Baichuan.Model", "Orleans")]
    [InlineData("Baichuan.Model", "Microsoft.AspNetCore")]
    [InlineData("Baichuan.Model", "TorchSharp")]
    [InlineData("Baichuan.Scheduling", "Orleans")]
    [InlineData("Baichuan.Scheduling", "Microsoft.AspNetCore")]
    [InlineData("Baichuan.Scheduling", "TorchSharp")]
    [InlineData("Baichuan.Scheduling", "Baichuan.Compute")]
    public void A_project_never_reaches_what_it_must_not_know(string project, string forbidden) =>
        Assert.DoesNotContain(Reach(Path.GetDirectoryName(Executables.Server)!, project), name => name.StartsWith(forbidden, StringComparison.Ordinal));

    [Fact]
    public void The_command_line_client_reaches_nothing_of_the_server() => Assert.DoesNotContain(
        Reach(Path.GetDirectoryName(Executables.Cli)!, "baichuan"),
        name => name is "TorchSharp" or "Baichuan.Model" or "Baichuan.Cluster" or "Baichuan.Gateway" || name.StartsWith("Orleans", StringComparison.Ordinal));

    [Fact]
    public void Only_the_torch_executor_knows_torch() => Assert.Contains("TorchSharp", Reach(Path.GetDirectoryName(Executables.Server)!, "Baichuan.Compute.Torch"));

    /// <summary>A signature names foreign types through the assembly's type references only: where none is of the executors, no parameter or result is.</summary>
    [Theory]
    [InlineData("IModelGrain")]
    [InlineData("IReplicaGrain")]
    [InlineData("IShardGrain")]
    [InlineData("ISessionGrain")]
    public void No_grain_method_takes_or_returns_what_belongs_to_an_executor(string grain)
    {
        using var reader = Open(Path.GetDirectoryName(Executables.Server)!, "Baichuan.Cluster.Abstractions");
        var metadata = reader.GetMetadataReader();
        var definitions = metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).ToList();
        var contract = Assert.Single(definitions, type =>
            metadata.GetString(type.Name) == grain && metadata.GetString(type.Namespace) == "Baichuan.Cluster.Abstractions");
        Assert.NotEmpty(contract.GetMethods());

        var namespaces = metadata.TypeReferences.Select(handle => metadata.GetString(metadata.GetTypeReference(handle).Namespace))
            .Concat(definitions.Select(type => metadata.GetString(type.Namespace)));
        Assert.DoesNotContain(namespaces, IsOfAnExecutor);
        Assert.DoesNotContain(metadata.AssemblyReferences, handle => IsOfAnExecutor(metadata.GetString(metadata.GetAssemblyReference(handle).Name)));
    }

    private static bool IsOfAnExecutor(string name) =>
        name.StartsWith("Baichuan.Compute", StringComparison.Ordinal) || name.StartsWith("TorchSharp", StringComparison.Ordinal);

    /// <summary>Every assembly that one refers to, directly or through others of ours; all of ours must lie in the folder.</summary>
    private static HashSet<string> Reach(string folder, string assembly)
    {
        var seen = new HashSet<string>();
        var open = new Queue<string>([assembly]);
        while (open.TryDequeue(out var name))
        {
            using var reader = Open(folder, name);
            var metadata = reader.GetMetadataReader();
            foreach (var handle in metadata.AssemblyReferences)
            {
                var reference = metadata.GetString(metadata.GetAssemblyReference(handle).Name);
                if (seen.Add(reference) && reference.StartsWith("Baichuan", StringComparison.Ordinal))
                    open.Enqueue(reference);
            }
        }

        return seen;
    }

    private static PEReader Open(string folder, string assembly)
    {
        var file = Path.Combine(folder, assembly + ".dll");
        Assert.True(File.Exists(file), $"{file} is not there: nothing would be checked.");
        return new PEReader(File.OpenRead(file));
    }
}
