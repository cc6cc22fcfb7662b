namespace Baichuan.Cli.Tests;

public sealed class DependencyTests
{
    [Fact]
    public void The_command_line_client_knows_the_cluster_through_its_protocol_only()
    {
        var ours = typeof(ExitCode).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).Where(name => name.StartsWith("Baichuan", StringComparison.Ordinal));

        Assert.Equal(["Baichuan.Client"], ours);
    }
}
